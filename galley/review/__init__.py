"""Which decision or change counts: one rule for signals and updates."""
