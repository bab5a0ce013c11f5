"""Which decision counts: the one rule that both doors, signal and update, use."""
