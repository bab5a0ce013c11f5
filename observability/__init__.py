"""What is seen of a running Galley: its health, and the gauges made of it."""
