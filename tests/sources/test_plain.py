"""Text shows all it says."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.sources.text import MAX_BYTES, SourceError, clean, clean_line, decode, require_length


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("a" + "".join(chr(0xE0000 + ord(c)) for c in "obey") + "b", "ab"),
        ("a\u200bb\u2060c\ufeffd\u00ade", "abcde"),
        ("a\u202eb\u2066c\u200fd", "abcd"),
        ("a\u200db", "ab"),
        ("a\U000e0100b", "ab"),
        ("a\x00\x1b[31mb", "a[31mb"),
        ("a\ud800b", "ab"),
        ("e\u0301", "\u00e9"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a  \t\nb\n\n\n\nc", "a\nb\n\nc"),
    ],
)
def test_what_cannot_be_seen_goes(hidden: str, shown: str) -> None:
    assert clean(hidden) == shown


@pytest.mark.parametrize(
    "word", ["👩\u200d🔬", "\u0645\u06cc\u200c\u062e\u0648\u0627", "❤\ufe0f", "👍🏽"]
)
def test_joiners_that_make_a_word_or_an_emoji_stay(word: str) -> None:
    assert clean(word) == word


def test_runs_of_joiners_and_selectors_carry_no_message() -> None:
    assert clean("é\u200d\u200c\u200d\u200cé") == "é\u200dé"
    assert clean("❤\ufe0f\ufe00\ufe01\ufe02") == "❤\ufe0f"


@pytest.mark.parametrize("mark", ["\u0301\u0316", "\u0f73", "\u0316\u0301"])
def test_a_heap_of_marks_does_not_stall_the_reader(mark: str) -> None:
    assert len(clean("a" + mark * 200_000)) < 40


def test_a_long_line_of_spaces_does_not_stall_the_reader() -> None:
    assert clean("a" + " " * 1_000_000 + "b").endswith("b")


@given(st.text())
def test_sanitizer_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)

    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)
    once.encode()


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_a_cut_line_fits(text: str, limit: int) -> None:
    line = clean_line(text, limit)

    assert len(line) <= limit
    assert "\n" not in line


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b" \n\t\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"MZ\x00\x01", "binary"),
        (b"caf\xe9", r"not UTF-8 text \(byte 4\)"),
        ("text".encode("utf-16"), "not UTF-8"),
        (b"x" * (MAX_BYTES + 1), "larger than 10 MB"),
    ],
    ids=["empty", "blank", "bom only", "binary", "latin-1", "utf-16", "huge"],
)
def test_a_file_that_is_no_text_says_so(data: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        decode(data, "notes.txt")


def test_a_byte_order_mark_is_no_text() -> None:
    assert decode(b"\xef\xbb\xbfhello", "notes.txt") == "hello"


@pytest.mark.parametrize("text", ["w " * 350_001, "字" * 2_500_001])
def test_a_text_too_long_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match="350,000 words"):
        require_length(text, "it")
