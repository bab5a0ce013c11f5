"""Free ports for real servers on loopback."""

import secrets
import socket

_FROM, _COUNT = 20_000, 12_000
_GIVEN: set[int] = set()


def free_port() -> int:
    """Return a TCP port that was free a moment ago.

    It lies below the ports that systems give to outgoing connections (from 32768 on
    Linux), so that none of those takes it before the server does, or while the server
    is down between two runs. None is given twice: a stack asks for five at once, and
    starts servers on them later.
    """
    while True:
        port = _FROM + secrets.randbelow(_COUNT)
        if port in _GIVEN:
            continue
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            _GIVEN.add(port)
            return port
