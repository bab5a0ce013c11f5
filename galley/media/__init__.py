"""Draw, cut, encode and probe the pictures and films that posts carry."""
