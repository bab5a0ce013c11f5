"""Checks of what is assumed about Buffer, on a real account and with drafts alone."""
