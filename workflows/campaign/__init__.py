"""CampaignWorkflow and its plan: one source, one post a channel."""
