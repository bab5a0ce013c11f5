"""The metrics Galley exports: names, labels and what they say; pure."""
