"""Which ports of the loopback interface the local stack uses."""

import secrets
import socket
from collections.abc import Mapping

USUAL = {
    "temporal": 7233,
    "temporal_ui": 8233,
    "gcs": 4443,
    "buffer": 9700,
    "anthropic": 9701,
    "replicate": 9702,
}
_ANY = range(20_000, 32_000)
"""Below the ports that systems give to outgoing connections, from 32768 on Linux: one
of those could take a port after it was chosen and before its server starts."""


def choose(names: list[str], wanted: Mapping[str, int]) -> dict[str, int]:
    """Return a free port for each name: the wanted one, or any if that is busy.

    All are held open until every one is chosen, so no two names share a port.
    """
    held = {name: _bind(wanted.get(name, 0)) for name in names}
    try:
        return {name: int(sock.getsockname()[1]) for name, sock in held.items()}
    finally:
        for sock in held.values():
            sock.close()


def _bind(wanted: int) -> socket.socket:
    some = secrets.SystemRandom().sample(_ANY, 100)
    for port in [wanted, *some] if wanted else some:
        sock = socket.socket()
        # As the servers themselves do: a connection in TIME_WAIT does not block a port.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
            sock.listen(1)
        except OSError:
            sock.close()
        else:
            return sock
    raise OSError("no port of the loopback interface is free")
