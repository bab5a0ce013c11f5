"""The local stack, and the demo that runs on it."""
