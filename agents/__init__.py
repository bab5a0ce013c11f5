"""The face for agents and programs: an MCP server and an HTTP API. They propose; people decide."""
