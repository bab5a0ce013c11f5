"""Personas, their look, and what reviews taught a brand."""
