"""Readers: what a campaign is made from, as clean text; nothing here reaches out."""
