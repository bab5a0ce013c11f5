"""Our post into what Buffer takes: assets and metadata, typed per network."""
