"""One room or file per outside service; nothing else talks to the world."""
