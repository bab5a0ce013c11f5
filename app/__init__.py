"""What a face can ask Galley for: typed requests, answers and errors; no printing."""
