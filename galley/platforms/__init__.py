"""What each network allows: one file a network, limits as data, pure functions."""
