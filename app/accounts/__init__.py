"""Buffer organizations: their channels and limits, pauses, and the calls to Buffer."""
