"""One source carried to several channels."""
