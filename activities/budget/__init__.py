"""Money is set aside before it is spent."""
