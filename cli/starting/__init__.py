"""Carry out what begins something: campaigns, feeds, clips, longer texts."""
