"""Draw, encode and probe the pictures and videos that posts carry."""
