"""Keys, audit packs, and media that nothing needs any more."""
