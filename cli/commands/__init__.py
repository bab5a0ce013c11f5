"""The commands of starter.py, one file a group: options, help, and one call."""
