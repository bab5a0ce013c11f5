"""Look at a document and say what it really is, by reading its pages."""

import io

from galley.media.errors import MediaError
from galley.media.facts import Probe
from galley.models import MediaKind


def probe_document(data: bytes) -> Probe:
    """Read a PDF; width and height are those of its first page, in points.

    Raises:
        MediaError: It is none, or is locked or broken.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data), strict=True)
        is_locked, pages = reader.is_encrypted, len(reader.pages)
        box = reader.pages[0].mediabox
        width, height = round(box.width), round(box.height)
    except (PyPdfError, ValueError, KeyError, IndexError, TypeError, OSError) as error:
        raise MediaError("The document is broken: it cannot be read.") from error
    if is_locked:
        raise MediaError("The document is locked: save it without a password.")
    return Probe(
        kind=MediaKind.DOCUMENT,
        mime="application/pdf",
        size=len(data),
        width=width,
        height=height,
        codec="pdf",
        pages=pages,
    )
