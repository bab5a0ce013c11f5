"""Ask servers of this machine, which show no certificate."""

import ssl

NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For httpx, which else reads all authorities for each client: that takes longer than it asks."""
