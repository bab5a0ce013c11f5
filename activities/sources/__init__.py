"""Read what campaigns are made from."""
