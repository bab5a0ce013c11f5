"""Posts and campaigns as Temporal knows them: lists, names and views."""
