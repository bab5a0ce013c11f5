"""Results of the application layer as the lines, tables and JSON of the terminal."""
