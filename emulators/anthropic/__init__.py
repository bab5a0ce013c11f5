"""Anthropic: the Messages API, answered by an extractive drafter without a model."""
