"""Words, options and files that a person gives, as typed requests."""
