"""Fixtures of the activities: what generates media."""

from tests.generation import generating, new_generator

__all__ = ["generating", "new_generator"]
