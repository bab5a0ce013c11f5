"""Sources: pages, feeds, files and recordings, read into stored documents."""
