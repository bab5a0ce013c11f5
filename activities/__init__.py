"""Each step that touches the world."""
