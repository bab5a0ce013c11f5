"""Which decision or change counts: the one rule of both doors, signal and update."""
