"""A local stand-in for Buffer that speaks its GraphQL API over a real socket."""
