"""Posts and campaigns in Temporal: lists, names and views."""
