"""Sources are read, and recordings transcribed."""
