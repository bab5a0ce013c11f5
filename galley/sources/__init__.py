"""Readers of sources: articles, feeds, files and recordings as clean text, without the network."""
