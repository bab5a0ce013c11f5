"""When posts go out: zones, stagger, quiet hours, gaps, limits, slots; all pure."""
