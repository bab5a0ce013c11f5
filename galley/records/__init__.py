"""Records of runs, erasure, and collection of unused media: pure rules."""
