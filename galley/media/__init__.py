"""Cards, pictures, films and clips: drawn, cut, encoded and probed for each network."""
