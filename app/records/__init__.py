"""Records of posts: inquiries, facts, costs, audit packs, erasure, media and keys."""
