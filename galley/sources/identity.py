"""The identity of a source: its kind, its normalised address, or the hash of its file.

``start`` and the feed activities call it; it loads no reader, so the command line stays quick.
"""

import hashlib
import re
from pathlib import PurePath
from urllib.parse import SplitResult, urlsplit

from galley.models.source import SourceKind, SourceSpec
from galley.sources.text import SourceError, decode

SUFFIXES = (
    *(".mp3", ".m4a", ".m4b", ".aac", ".ogg", ".oga", ".opus", ".flac", ".wav"),
    *(".mp4", ".m4v", ".mov", ".webm", ".mkv"),
)


def is_recording(name: str) -> bool:
    """Return whether a file or address has the name of audio or video."""
    path = re.split(r"[?#]", name, maxsplit=1)[0] if "://" in name else name
    return path.lower().endswith(SUFFIXES)


_DEFAULT_PORTS = {"http": 80, "https": 443}
# Parameters of campaigns and of clicks, by which sites follow readers (utm is Google Analytics,
# mtm and pk Matomo, hsa HubSpot, gclid and fbclid the ads of Google and Facebook).
_TRACKING_PREFIXES = ("utm_", "mtm_", "pk_", "hsa_", "vero_", "oly_")
_TRACKING = frozenset(
    {
        *("_hsenc", "_hsmi", "dclid", "fbclid", "gbraid", "gclid", "gclsrc", "igsh", "igshid"),
        *("li_fat_id", "mc_cid", "mc_eid", "mkt_tok", "msclkid", "srsltid", "ttclid", "twclid"),
        *("wbraid", "wickedid", "yclid"),
    }
)
_SAME_SITE_PREFIXES = ("www.", "m.", "mobile.", "amp.")
_NO_ADDRESS = "This is not a web address: give one like https://example.com/article."
_SCHEME = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]*+://")
_PROMPTS_SUFFIX = ".prompts.txt"
_KINDS = {
    ".md": SourceKind.MARKDOWN,
    ".markdown": SourceKind.MARKDOWN,
    ".txt": SourceKind.TEXT,
    ".text": SourceKind.TEXT,
    ".yaml": SourceKind.PROMPTS,
    ".yml": SourceKind.PROMPTS,
    ".html": SourceKind.ARTICLE,
    ".htm": SourceKind.ARTICLE,
    ".pdf": SourceKind.PDF,
    ".vtt": SourceKind.PODCAST,
    ".srt": SourceKind.PODCAST,
}


def identity_of(spec: SourceSpec) -> str:
    """Return the normalised URL, or ``sha256:<hex>`` of an uploaded file.

    The identity of a feed's item is its own page, so the same article started by its address is
    the same source. An item without a page is identified by the feed and its key there; so is
    one whose page is on another site: a feed must not take the place of a stranger's page.

    Raises:
        SourceError: The spec names neither or both, or its URL is none.
    """
    if spec.url and not spec.upload:
        # The space cannot stand in a URL, so no page has the identity of an item.
        feed, page = normalise_url(spec.url), spec.item_link and normalise_url(spec.item_link)
        if spec.item and not (page and is_on_site(page, feed)):
            return f"{feed} {spec.item}"
        return page or feed
    if spec.upload and not spec.url:
        return f"sha256:{spec.upload.lower()}"
    raise SourceError("A source is either a URL or a file: give exactly one.")


def normalise_url(url: str) -> str:
    """Return the URL without the parts that do not change the page.

    Scheme and host in lower case (an international host in its ASCII form), no default port, no
    fragment, no tracking parameters, ``/`` for an empty path. Everything else stays, the order
    of parameters too: it may matter to the server.

    Raises:
        SourceError: It is not an http or https address, or it holds a password.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except ValueError as error:
        raise SourceError(_NO_ADDRESS) from error
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not host:
        raise SourceError(_NO_ADDRESS)
    # The address goes into posts, logs and histories.
    if parts.username is not None or parts.password is not None:
        raise SourceError("The address holds a user name or password: give it without.")
    host = f"[{host}]" if ":" in host else host  # urlsplit takes the brackets off IPv6
    if port not in {None, _DEFAULT_PORTS[scheme]}:
        host = f"{host}:{port}"
    named = ((pair.partition("=")[0].lower(), pair) for pair in parts.query.split("&"))
    query = "&".join(
        pair
        for name, pair in named
        if name not in _TRACKING and not name.startswith(_TRACKING_PREFIXES)
    )
    return SplitResult(scheme, host, parts.path or "/", query, "").geturl()


def is_on_site(link: str, own: str) -> bool:
    """Return whether a page that names ``link`` as its address may be believed.

    Either may be a subdomain of the other, but "com" is no site.
    """
    theirs, ours = _site(link), _site(own)
    is_above = ours.endswith(f".{theirs}") and "." in theirs
    return theirs == ours or theirs.endswith(f".{ours}") or is_above


def _site(url: str) -> str:
    """Return host and port without the prefixes that name a variant of a site."""
    host = urlsplit(url).netloc
    for prefix in _SAME_SITE_PREFIXES:
        host = host.removeprefix(prefix)
    return host


def spec_for(argument: str, data: bytes | None = None) -> SourceSpec:
    """Return the spec of a URL or of a file.

    Args:
        argument: What the person typed: a URL or a file's path.
        data: The file's bytes; ``None`` if there is no such file.

    Raises:
        SourceError: It is neither, or no kind of file that can be read.
    """
    if data is not None:
        name = PurePath(argument).name
        kind = _kind_of(name)
        if kind is not SourceKind.PDF:
            decode(data, name)  # refused here, and not after the upload
        return SourceSpec(kind=kind, name=name, upload=hashlib.sha256(data).hexdigest())
    address = argument.strip()
    if not _SCHEME.match(address):
        raise SourceError(
            f"There is no file {address[:200]}: give a file that exists, or a URL "
            "that begins with https://."
        )
    url = normalise_url(address)
    kind = SourceKind.RECORDING if is_recording(url) else SourceKind.ARTICLE
    return SourceSpec(kind=kind, name=url, url=url)


def _kind_of(name: str) -> SourceKind:
    lower = name.lower()
    if lower.endswith(_PROMPTS_SUFFIX):
        return SourceKind.PROMPTS
    suffix = PurePath(lower).suffix
    if not suffix:
        return SourceKind.TEXT
    kind = _KINDS.get(suffix)
    if kind is None:
        known = ", ".join([*_KINDS, f"*{_PROMPTS_SUFFIX}", *SUFFIXES])
        raise SourceError(f"{name[:200]} is no kind of file Galley reads: give {known}.")
    return kind
