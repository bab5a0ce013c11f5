"""Audit packs, erasure and collection of unused media: pure rules."""
