"""Workflows: the order of steps of everything durable. They perform no I/O themselves."""
