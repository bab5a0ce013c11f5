"""Replicate: predictions over time, files, outputs that expire, faults on demand."""
