"""Writing drafts: words for the model, the brand's voice, facts held to the source."""
