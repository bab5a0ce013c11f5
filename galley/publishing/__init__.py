"""Bringing a post into Buffer and changing it there: pure decisions."""
