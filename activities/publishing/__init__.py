"""Posts go to Buffer, and what became of them comes back."""
