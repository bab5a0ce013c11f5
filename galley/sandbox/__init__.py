"""The sandbox: strangers' bytes read in child processes that can neither reach out nor last."""
