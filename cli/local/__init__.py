"""The stack of this machine, and the demo that runs on it."""
