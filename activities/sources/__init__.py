"""Sources are read, recordings transcribed, and long texts condensed to documents."""
