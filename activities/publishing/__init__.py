"""Calls to Buffer, and signals between posts and AccountWorkflow."""
