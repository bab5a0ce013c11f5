"""Buffer's GraphQL API, typed: channels, posts, and what became of them."""
