"""How commands speak with the person at the terminal, and how they end."""
