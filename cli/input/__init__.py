"""Read what a person types, and the files that options name, as typed requests."""
