"""PDF files as sources: the text of their pages, and title and author if the file has them.

The reading activity calls it in the sandbox.
"""

import io
import logging
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING

from galley.models.source import SourceDocument, SourceKind
from galley.sources.text import MAX_PDF_BYTES, SourceError, clean, clean_line, require_length

if TYPE_CHECKING:
    import pypdf

MAX_PAGES = 500
_MAX_CHARACTERS = 4_000_000
_MIN_CHARACTERS = 40
_TITLE = 200
# A hyphen at a line's end before a small letter parts one word.
_HYPHEN = re.compile(r"(?<=[^\W\d_])-\n(?=[^\W\d_A-Z])")
# Lines end where the paper does; only one after a sign of a sentence may end a paragraph.
_LINE_END = re.compile(r"(?<=[^\n.!?:;])\n(?=[^\n])")
# pypdf quotes the file in its warnings, and no source may stand in a log.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def warm_up() -> None:
    """Import what reads PDF, once for all children of a sandbox."""
    import_module("pypdf")


def read_pdf(data: bytes, name: str) -> SourceDocument:
    """Read the text of a PDF.

    The title is that of the file's own description, else its name.

    Raises:
        SourceError: It is encrypted, too long, broken, or holds pictures only.
    """
    if len(data) > MAX_PDF_BYTES:
        raise SourceError(f"{name} is larger than {MAX_PDF_BYTES // 1_000_000} MB: give a part.")
    # Its import takes half a second of a worker's start, and few sources are PDF files.
    import pypdf

    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        text = clean("\n\n".join(_pages(reader, name)))
        text = clean(_LINE_END.sub(" ", _HYPHEN.sub("", text)))
        about = reader.metadata
        title = clean_line(str(about.title or ""), _TITLE) if about else ""
        author = clean_line(str(about.author or ""), _TITLE) if about else ""
    except SourceError:
        raise
    except Exception as error:
        # A damaged file may break pypdf in any way.
        raise SourceError(
            f"{name} is a broken PDF: open it and save it anew, or give its text."
        ) from error
    if len(text) < _MIN_CHARACTERS:
        raise SourceError(
            f"{name} holds no text, perhaps only scanned pages: give its text instead."
        )
    return SourceDocument(
        kind=SourceKind.PDF,
        title=title or clean_line(PurePath(name).stem, _TITLE),
        author=author or None,
        text=require_length(text, name),
    )


def _pages(reader: "pypdf.PdfReader", name: str) -> Iterator[str]:
    if reader.is_encrypted and not reader.decrypt(""):
        raise SourceError(f"{name} asks for a password: save it without one, then try again.")
    if len(reader.pages) > MAX_PAGES:
        raise SourceError(
            f"{name} has {len(reader.pages)} of {MAX_PAGES} pages: give a part of it."
        )
    length = 0
    for page in reader.pages:
        text = page.extract_text()
        length += len(text)
        if length > _MAX_CHARACTERS:
            raise SourceError(f"{name} holds too much text: give a part of it.")
        yield text
