"""Local stand-ins that speak the real wire, and the launchers of real local servers."""
