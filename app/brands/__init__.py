"""Brands: their personas and looks, and the lessons that reviews taught them."""
