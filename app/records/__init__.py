"""What is kept of posts: why each is as it is, costs, audit packs, erasure, keys."""
