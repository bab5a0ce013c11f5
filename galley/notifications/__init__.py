"""Notifications: what needs a person, and the messages about it, each sent once."""
