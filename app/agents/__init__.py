"""What agents and programs may do: their tokens, limits, kill switch and audit, and suggestions."""
