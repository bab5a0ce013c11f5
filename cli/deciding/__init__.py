"""Carry decisions, changes and pauses to posts, and say what became of them."""
