"""Prices, what a call may cost at most, and ceilings that hold."""
