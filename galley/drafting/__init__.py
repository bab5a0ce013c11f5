"""Prompts for drafts, the brand's persona and lessons, and a draft's facts held to its source."""
