"""When posts go out: start, stagger and time zones, as pure functions."""
