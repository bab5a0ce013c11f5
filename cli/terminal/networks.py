"""Networks as people name them."""

from cli.terminal.failures import usage
from galley.models import Platform


def network_named(name: str) -> Platform:
    """Return the network of a name, in whichever case.

    Raises:
        CommandError: There is none; exit code 2.
    """
    try:
        return Platform(name.strip().casefold())
    except ValueError:
        known = ", ".join(Platform)
        raise usage(f"{name!r} is not a network: choose one of {known}.") from None
