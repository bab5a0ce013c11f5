"""What to do next with each post on its way to Buffer: pure decisions."""
