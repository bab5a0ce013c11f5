"""Notifications: finding what needs a person, and sending it."""
