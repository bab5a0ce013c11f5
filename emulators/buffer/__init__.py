"""Buffer: its GraphQL API and authorization server, a calendar of posts, faults on demand."""
