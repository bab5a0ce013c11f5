"""A source that its reader cannot end is refused in words, and is not tried again."""

from dataclasses import replace

import pytest

from galley.models.source import SourceDocument
from galley.sandbox.pool import Limits
from galley.sources.articles import read_page
from galley.sources.confined import LIMITS, SANDBOX, limits_of_pdf, read_confined, read_confined_to
from galley.sources.markdown import read_markdown
from galley.sources.text import SourceError

URL = "https://example.com/a"
PAGE = b"<html><head><title>Ink</title></head><body>%s</body></html>"
PARAGRAPH = b"<p>The proof is the last copy that an editor reads before the press runs.</p>"


async def test_a_document_comes_back_from_the_child_as_the_reader_made_it() -> None:
    page = PAGE % (PARAGRAPH * 5)

    read = await read_confined(SourceDocument, read_page, page, "a page", URL, None, None)

    assert read == read_page(page, "a page", URL, None, None)


async def test_no_library_is_loaded_before_a_source_needs_it() -> None:
    """A command that reads a table waits for no parser of pages."""
    SANDBOX.close()
    libraries = {"feedparser", "frontmatter", "pypdf", "trafilatura"}
    loaded = f"{libraries} & {{*__import__('sys').modules}}"

    await read_confined(SourceDocument, read_markdown, b"Ink is black, and old.", "a.md")
    assert await read_confined(set[str], eval, loaded) == {"frontmatter"}

    await read_confined(SourceDocument, read_page, PAGE % (PARAGRAPH * 5), "", URL, None, None)
    # Once for all children that come.
    assert await read_confined(set[str], eval, loaded) == {"frontmatter", "trafilatura"}


async def test_the_readers_own_refusal_arrives_in_its_words() -> None:
    with pytest.raises(SourceError, match=r"^a\.md is empty: give a file with text\.$"):
        await read_confined(SourceDocument, read_markdown, b" ", "a.md")


@pytest.mark.parametrize(
    ("limits", "page", "said"),
    [
        (replace(LIMITS, processor=1), PAGE % (b"a<br>" * 200_000), "more than 1 s"),
        (replace(LIMITS, memory=150_000_000), PAGE % (b"<p>a" * 250_000), "150 MB|save its text"),
        (replace(LIMITS, answer=1_000), PAGE % (PARAGRAPH * 50), "holds too much"),
    ],
    ids=["processor", "memory", "answer"],
)
async def test_a_page_that_goes_too_far_is_refused_for_good(
    limits: Limits, page: bytes, said: str
) -> None:

    with pytest.raises(SourceError, match=said) as caught:
        await read_confined_to(limits, SourceDocument, read_page, page, "a page", URL, None, None)

    assert not getattr(caught.value, "retryable", False)


def test_only_a_large_pdf_may_take_longer() -> None:
    assert limits_of_pdf(4_600).processor == LIMITS.processor
    assert limits_of_pdf(50_000_000).processor == 30
