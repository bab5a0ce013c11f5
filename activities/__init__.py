"""Activities: every step that touches the world, one room a subject."""
