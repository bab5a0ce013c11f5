"""Show posts and campaigns: what they are, what they cost, what happened to them."""
