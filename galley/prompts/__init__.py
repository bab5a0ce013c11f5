"""The words given to the model, as files, and their loader."""
