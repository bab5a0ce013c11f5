"""How the other networks count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.network import Platform
from galley.networks.checks import check_text
from galley.networks.registry import rules_for
from galley.networks.rules import utf8_bytes, utf16_units
from tests.networks.texts import FAMILY, FLAG, KEYCAP, PARTY, WAVE, any_text, mixed, plain, thorough

_PATHS = st.text(alphabet="abcdef0123456789", min_size=1, max_size=200)


def _length(platform: Platform, text: str) -> int:
    return rules_for(platform).measure(text)


@given(any_text)
def test_utf16_counts_characters_beyond_the_basic_plane_twice(text: str) -> None:
    beyond = sum(1 for character in text if ord(character) > 0xFFFF)

    assert utf16_units(text) == len(text) + beyond


@given(any_text, any_text)
def test_units_and_bytes_add_up(first: str, second: str) -> None:
    both = first + second

    assert utf16_units(both) == utf16_units(first) + utf16_units(second)
    assert utf8_bytes(both) == utf8_bytes(first) + utf8_bytes(second)


@pytest.mark.parametrize("platform", list(Platform))
@given(text=plain)
def test_plain_letters_count_one_everywhere(platform: Platform, text: str) -> None:
    assert _length(platform, text) == len(text)


@pytest.mark.parametrize("platform", list(Platform))
@given(text=plain)
def test_every_kind_of_line_break_counts_the_same(platform: Platform, text: str) -> None:
    assert _length(platform, f"{text}\r\n{text}\r{text}") == _length(
        platform, f"{text}\n{text}\n{text}"
    )


@given(plain, st.integers(min_value=0, max_value=20))
def test_instagram_counts_a_line_break_twice(text: str, breaks: int) -> None:
    assert _length(Platform.INSTAGRAM, text + "\n" * breaks) == len(text) + 2 * breaks


@given(_PATHS)
def test_linkedin_counts_a_link_as_at_least_24(path: str) -> None:
    link = f"https://a.co/{path}"

    assert _length(Platform.LINKEDIN, f"a {link} b") == max(24, len(link)) + 4


@given(_PATHS)
def test_mastodon_counts_a_link_as_23_however_long(path: str) -> None:
    assert _length(Platform.MASTODON, f"a https://example.com/{path} b") == 23 + 4


@given(st.text(alphabet="abcdefghij", min_size=2, max_size=60))
def test_mastodon_leaves_the_host_of_a_mention_out(host: str) -> None:
    assert _length(Platform.MASTODON, f"hi @reader@{host}.example") == len("hi @reader")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("https://example.com", 23, id="link"),
        pytest.param("http://example.com/a", 23, id="http"),
        pytest.param("example.com", 11, id="bare domain"),
        pytest.param("xhttps://example.com", 20, id="glued to a letter"),
        pytest.param("https://example.com/@a@b.example", 23, id="mention in a link"),
        pytest.param("@reader", 7, id="local mention"),
        pytest.param("@reader@example.social", 7, id="mention"),
        pytest.param("(@reader@example.social)", 9, id="mention in brackets"),
        pytest.param("@reader@example.social@x", 24, id="no mention before an at sign"),
        pytest.param("@reader@example://x", 19, id="no mention before an address"),
        pytest.param("@reader@example.social.", 8, id="mention at the end of a sentence"),
        pytest.param("mail me@example.social", 22, id="mail address"),
        pytest.param(f"@reader@{'a' * 260}", 268, id="over-long host"),
        pytest.param(FAMILY, 1, id="family"),
        pytest.param(FLAG, 1, id="flag"),
        pytest.param("e\u0301", 1, id="decomposed letter"),
        pytest.param("\u0915\u094d\u0937\u093f", 2, id="conjunct on an older server"),
        pytest.param("\u65e5\u672c\u8a9e", 3, id="japanese"),
    ],
)
def test_mastodon_counts_as_its_servers_do(text: str, expected: int) -> None:
    assert _length(Platform.MASTODON, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(PARTY, 4, id="emoji"),
        pytest.param(FAMILY, 25, id="family"),
        pytest.param(FLAG, 8, id="flag"),
        pytest.param(WAVE, 8, id="skin tone"),
        pytest.param(KEYCAP, 7, id="keycap"),
        pytest.param("\u2764\ufe0f", 6, id="heart"),
        pytest.param("\u263a", 1, id="plain symbol"),
        pytest.param("\u00e9", 1, id="accent"),
        pytest.param("e\u0301", 2, id="decomposed letter"),
        pytest.param("\u65e5\u672c\u8a9e", 3, id="japanese"),
        pytest.param("\U0001d400", 2, id="bold letter"),
        pytest.param("https://example.com/a", 21, id="link in full"),
    ],
)
def test_threads_counts_an_emoji_as_its_bytes(text: str, expected: int) -> None:
    assert _length(Platform.THREADS, text) == expected


@thorough
@given(mixed)
def test_threads_never_counts_less_than_buffer(text: str) -> None:
    assert _length(Platform.THREADS, text) >= utf16_units(text)


def test_bluesky_counts_an_emoji_once_but_its_bytes_too() -> None:
    assert check_text(Platform.BLUESKY, FAMILY * 100).length == 100
    assert check_text(Platform.BLUESKY, FAMILY * 120).ok
    report = check_text(Platform.BLUESKY, FAMILY * 121)

    assert [problem.message for problem in report.problems] == [
        "The text is 3,025 of 3,000 bytes in UTF-8: shorten it by 25."
    ]


def test_bluesky_counts_links_in_full() -> None:
    assert _length(Platform.BLUESKY, "https://example.com/abcdef") == 26


def test_youtube_counts_bytes() -> None:
    assert check_text(Platform.YOUTUBE, "\u00e9" * 2500).ok
    assert not check_text(Platform.YOUTUBE, "\u00e9" * 2501).ok
