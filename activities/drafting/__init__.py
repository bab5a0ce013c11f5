"""Drafts, longer texts, source briefs and the lessons of reviews, with a model."""
