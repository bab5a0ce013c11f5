"""The authorities that sign for servers: read once for all clients of a process."""

import ssl
from functools import cache

import httpx


@cache
def authorities() -> ssl.SSLContext:
    """Return those that httpx trusts: to read them takes longer than a request."""
    return httpx.create_ssl_context(trust_env=False)
