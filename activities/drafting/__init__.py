"""Drafts and longer texts are written and checked."""
