"""Local stand-ins that answer at the wire, and the launchers of real local servers."""
