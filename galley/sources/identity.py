"""When two sources are the same: the identity a campaign's key is made from."""

from urllib.parse import SplitResult, urlsplit

from galley.models import SourceSpec
from galley.sources.errors import SourceError

_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING_PREFIXES = ("utm_", "mtm_", "pk_", "hsa_", "vero_", "oly_")
_TRACKING = frozenset(
    {
        "_hsenc",
        "_hsmi",
        "dclid",
        "fbclid",
        "gbraid",
        "gclid",
        "gclsrc",
        "igsh",
        "igshid",
        "li_fat_id",
        "mc_cid",
        "mc_eid",
        "mkt_tok",
        "msclkid",
        "srsltid",
        "ttclid",
        "twclid",
        "wbraid",
        "wickedid",
        "yclid",
    }
)


def identity_of(spec: SourceSpec) -> str:
    """Return the normalised URL, or ``sha256:<hex>`` of an uploaded file.

    An item of a feed is its own page, wherever it was found: an article that was
    started by its address has the same identity. Without a page it is known by the
    feed and its key there.

    Raises:
        SourceError: The spec names neither or both, or its URL is none.
    """
    if spec.url and not spec.upload:
        if spec.item and not spec.item_link:
            return f"{normalise_url(spec.url)} {spec.item}"
        return normalise_url(spec.item_link or spec.url)
    if spec.upload and not spec.url:
        return f"sha256:{spec.upload.lower()}"
    raise SourceError("A source is either a URL or a file: give exactly one.")


def normalise_url(url: str) -> str:
    """Return the URL without what does not change the page.

    Scheme and host in lower case (an international host in its ASCII form), no default
    port, no fragment, no tracking parameters, ``/`` for an empty path. Everything
    else, the order of parameters too, stays: it may matter to the server.

    Raises:
        SourceError: It is not an http or https address, or it holds a password.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = _ascii(parts.hostname or ""), parts.port
    except ValueError as error:
        raise SourceError(_NO_ADDRESS) from error
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not host:
        raise SourceError(_NO_ADDRESS)
    if parts.username is not None or parts.password is not None:
        raise SourceError("The address holds a user name or password: give it without.")
    host = f"[{host}]" if ":" in host else host
    if port not in {None, _DEFAULT_PORTS[scheme]}:
        host = f"{host}:{port}"
    return SplitResult(
        scheme, host, parts.path or "/", _without_tracking(parts.query), ""
    ).geturl()


_NO_ADDRESS = "This is not a web address: give one like https://example.com/article."


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    return host.encode("idna").decode("ascii")


def _without_tracking(query: str) -> str:
    pairs = query.split("&") if query else []
    return "&".join(pair for pair in pairs if not _is_tracking(pair))


def _is_tracking(pair: str) -> bool:
    name = pair.partition("=")[0].lower()
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)
