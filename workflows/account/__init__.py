"""AccountWorkflow and its parts: every call to one Buffer organization, within its quota."""
