"""Measure drafts blind against one chat message: ``python -m bench.drafts``."""
