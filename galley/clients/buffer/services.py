"""Buffer's names of networks, and ours."""

from galley.models import Platform

_SERVICES = {
    "twitter" if platform is Platform.X else platform.value: platform
    for platform in Platform
}


def platform_of(service: str) -> Platform | None:
    """Return our name of a Buffer ``Service``.

    ``None`` for what Galley does not write for: ``substack``, ``startPage``,
    ``whatsapp``, and whatever Buffer adds next.
    """
    return _SERVICES.get(service)
