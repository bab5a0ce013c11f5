"""PostWorkflow and its parts: one post from draft to publication."""
