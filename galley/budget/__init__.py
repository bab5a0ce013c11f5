"""Prices of models, the most a call may cost, and ceilings for campaigns, days and brands."""
