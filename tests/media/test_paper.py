"""Documents: a card on each page, and read back as what they are."""

import io

import pytest
from pypdf import PdfReader, PdfWriter

from galley.media.card import draw_document
from galley.media.card_words import CardText
from galley.media.errors import MediaError
from galley.media.plan import problems_of, rendering_for
from galley.media.probe import probe_document
from galley.models.media import MediaKind
from galley.models.network import Platform
from tests.undrawn import undrawn_letter

RENDERING = rendering_for(Platform.LINKEDIN, slides=True)


def a_document(pages: int) -> bytes:
    assert RENDERING is not None
    texts = [CardText(f"Slide {n}", origin=f"{n} / {pages}") for n in range(1, pages + 1)]
    return draw_document(RENDERING.card, texts)


def test_a_document_has_a_card_on_each_page_and_the_same_bytes_each_time() -> None:
    document = a_document(3)
    found = probe_document(document)

    assert (found.kind, found.pages) == (MediaKind.DOCUMENT, 3)
    assert problems_of(found, Platform.LINKEDIN) == ()
    assert problems_of(found, Platform.X)[0].rule == "media_kind"
    words = [page.extract_text() for page in PdfReader(io.BytesIO(document)).pages]
    assert [text.split("\n")[0] for text in words] == ["Slide 1", "Slide 2", "Slide 3"]
    assert document == a_document(3)


def test_a_letter_without_a_glyph_is_refused_on_any_page() -> None:
    assert RENDERING is not None
    with pytest.raises(MediaError, match="No installed font"):
        draw_document(RENDERING.card, [CardText("a"), CardText(undrawn_letter())])


def test_what_is_no_document_that_anybody_can_open_is_refused() -> None:
    locked, made = PdfWriter(clone_from=io.BytesIO(a_document(1))), io.BytesIO()
    locked.encrypt("a", algorithm="RC4-128")
    locked.write(made)
    for data, told in (
        (b"%PDF-1.7 and nothing", "broken"),
        (a_document(1)[:900], "broken"),
        (made.getvalue(), "locked|broken"),
    ):
        with pytest.raises(MediaError, match=told):
            probe_document(data)
