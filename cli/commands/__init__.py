"""The commands of starter.py, a file for each group: options, help, one call, the output."""
