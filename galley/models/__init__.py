"""The values that workflows, activities and commands exchange: sources, drafts, posts, jobs."""
