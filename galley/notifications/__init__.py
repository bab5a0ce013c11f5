"""What needs a person, told once: which needs are new, and in which words."""
