"""Records of runs, what they tell of a post, and what an erasure takes and leaves."""
