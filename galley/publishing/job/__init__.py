"""The job queue of AccountWorkflow: one job for each approved post."""
