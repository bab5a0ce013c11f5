"""PDF files, made by the typesetter that draws the cards."""

import contextlib
import io

import pypdf
import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st

from galley.models.source import SourceKind
from galley.sources.pdf import MAX_PAGES, read_pdf
from galley.sources.text import SourceError

TEXT = """#set document(title: "The night ferry", author: "The harbour")
#set page(width: 8cm)
#set par(justify: true)
#set text(hyphenate: true, lang: "en")
The ferry across the estuary runs at night, and extraordinarily punctual
passengers notwithstanding, it has never been late in forty years.

#pagebreak()
The second page tells of the captain.
"""


def typeset(source: str) -> bytes:
    made = typst.compile(source.encode(), format="pdf")
    assert isinstance(made, bytes)
    return made


PLAIN = typeset(TEXT)


def protected(data: bytes, password: str) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(data))
    writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_words_cut_at_the_end_of_a_line_are_whole_again() -> None:
    document = read_pdf(typeset(TEXT), "ferry.pdf")

    assert document.kind is SourceKind.PDF
    assert (document.title, document.author) == ("The night ferry", "The harbour")
    for word in ("extraordinarily", "passengers", "notwithstanding", "estuary"):
        assert word in document.text
    assert "captain" in document.text


def test_a_file_without_a_title_is_called_by_its_name() -> None:
    plain = TEXT.split("\n", maxsplit=1)[1]

    assert read_pdf(typeset(plain), "night-ferry.pdf").title == "night-ferry"


def test_a_scan_without_text_is_refused() -> None:
    with pytest.raises(SourceError, match="no text"):
        read_pdf(typeset("#rect(width: 2cm)"), "scan.pdf")


def test_a_password_is_asked_for_in_words() -> None:
    with pytest.raises(SourceError, match="password"):
        read_pdf(protected(typeset(TEXT), "secret"), "ferry.pdf")


def test_a_file_that_anybody_may_open_is_read_though_encrypted() -> None:
    assert "captain" in read_pdf(protected(typeset(TEXT), ""), "ferry.pdf").text


def test_too_many_pages_are_refused_before_they_are_read() -> None:
    writer = pypdf.PdfWriter()
    for _ in range(MAX_PAGES + 1):
        writer.add_blank_page(100, 100)
    out = io.BytesIO()
    writer.write(out)

    with pytest.raises(SourceError, match="pages"):
        read_pdf(out.getvalue(), "long.pdf")


@given(st.integers(min_value=0, max_value=4000), st.binary(min_size=1, max_size=40))
def test_no_damage_crashes_the_reader(at: int, damage: bytes) -> None:
    body = PLAIN[:at] + damage + PLAIN[at + len(damage) :]

    with contextlib.suppress(SourceError):
        assert read_pdf(body, "damaged.pdf").text


def test_a_damaged_file_is_not_quoted_in_a_log(caplog: pytest.LogCaptureFixture) -> None:
    with contextlib.suppress(SourceError):
        read_pdf(PLAIN.replace(b"endobj", b"secret"), "damaged.pdf")

    assert not caplog.records
