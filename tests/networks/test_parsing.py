"""Links and emoji, beside the library shown the whole text at once."""

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.networks.text import find_emoji, find_links, links_in, without
from tests.networks.texts import PARTY, mixed, thorough

_Found = dict[str, Any]


def _indices(found: list[_Found]) -> list[tuple[int, int]]:
    return [tuple(each["indices"]) for each in found]


@thorough
@given(mixed, st.booleans())
def test_links_are_those_the_library_finds_in_the_whole_text(
    text: str,
    bare: bool,  # noqa: FBT001 -- given
) -> None:
    from twitter_text import extract_urls_with_indices  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    found = cast("list[_Found]", extract_urls_with_indices(text, bare))

    assert list(find_links(text, bare_domains=bare)) == _indices(found)


@thorough
@given(mixed)
def test_emoji_are_those_the_library_finds_in_the_whole_text(text: str) -> None:
    from twitter_text import extract_emojis_with_indices  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    found = cast("list[_Found]", extract_emojis_with_indices(text))

    assert list(find_emoji(text)) == _indices(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://example.com/a.", ("https://example.com/a",)),
        ("(https://example.com/a_(b))", ("https://example.com/a_(b)",)),
        ("example.com, www.example.org", ("example.com", "www.example.org")),
        ("https://example.com/?a=b&c=d#e", ("https://example.com/?a=b&c=d#e",)),
        ("me@example.com", ()),
        ("node.js and 1.5", ()),
        ("https://localhost/x", ()),
        ("\u3042example.com\u3044", ("example.com",)),
        ("\u3002example.com", ("example.com",)),
        ("a \u3002example.com", ()),
    ],
)
def test_links_end_where_the_address_ends(text: str, expected: tuple[str, ...]) -> None:
    assert links_in(text) == expected


def test_a_bare_domain_is_only_a_link_where_asked_for() -> None:
    assert find_links("example.com", bare_domains=False) == ()


@pytest.mark.parametrize("word", ["a." * 50_000, "\u00e9." * 50_000, "-a.b" * 20_000])
def test_an_endless_host_is_no_link(word: str) -> None:
    assert find_links(word) == ()


@given(mixed)
def test_what_is_left_without_links_and_the_links_make_up_the_text(text: str) -> None:
    spans = find_links(text)
    rest = without(text, spans, "")

    assert len(rest) + sum(end - start for start, end in spans) == len(text)


def test_a_removed_link_leaves_its_neighbours_apart() -> None:
    text = f"a https://example.com {PARTY}"

    assert without(text, find_links(text)) == f"a   {PARTY}"
