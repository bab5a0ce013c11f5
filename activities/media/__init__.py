"""Pictures, films and clips: drawn, generated, fitted to a network and hosted."""
