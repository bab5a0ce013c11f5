"""Campaigns: plan, start and follow them."""
