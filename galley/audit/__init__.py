"""Audit packs: what is kept of a campaign, in files that prove themselves."""
