"""Rolling rate windows: when the next call may go, and which window binds."""
