"""The command line: commands on top, and what carries them out below."""
