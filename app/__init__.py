"""Everything that a face can ask of Galley: typed requests, answers and errors; no printing."""
