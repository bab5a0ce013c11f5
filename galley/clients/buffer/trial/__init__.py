"""Check on a real account what is assumed about Buffer, with drafts alone."""
