"""Keys, audit packs, erasure, and media that nothing needs any more."""
