"""When posts go out: zones, quiet hours, gaps, limits, slots; all pure."""
