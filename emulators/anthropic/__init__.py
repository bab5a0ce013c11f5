"""Stands in for Anthropic's Messages API with an extractive drafter."""
