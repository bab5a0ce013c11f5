"""Posts and campaigns as Temporal knows them: lists, names, views, and a watch."""
