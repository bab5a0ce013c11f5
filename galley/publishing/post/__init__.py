"""The post's own state machine after approval."""
