"""Records of ended runs, and the queries that find runs."""
