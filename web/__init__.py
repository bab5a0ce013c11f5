"""The review pages, a face of Galley for browsers: server-rendered, for one person or a team."""
