"""Which moments of a recording make good clips, and their captions: pure."""
