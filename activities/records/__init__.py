"""Runs are found and kept before Temporal forgets them."""
