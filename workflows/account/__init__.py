"""Every call to one Buffer organization, within its quota."""
