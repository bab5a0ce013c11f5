"""Markdown and text files become prose; front matter is respected."""

import pytest

from galley.models.source import SourceKind
from galley.sources.markdown import read_markdown, read_text
from galley.sources.text import SourceError

FULL = b"""---
title: "Proofs: a history"
canonical_url: https://Blog.example.com/proofs?utm_source=x
author: [The Printer, The Editor]
date: 2024-05-06
lang: en_GB
tags: [ink, "#paper", ink]
layout: post
---
# Another heading

Text.
"""


def test_front_matter_is_respected() -> None:
    document = read_markdown(FULL, "proofs.md")

    assert document.kind is SourceKind.MARKDOWN
    assert document.title == "Proofs: a history"
    assert document.link == "https://blog.example.com/proofs"
    assert document.author == "The Printer, The Editor"
    assert document.published_at is not None
    assert document.published_at.isoformat() == "2024-05-06T00:00:00+00:00"
    assert document.language == "en-GB"
    assert document.tags == ("ink", "paper")
    assert document.text == "Text."


def test_front_matter_in_windows_lines_is_respected() -> None:
    document = read_markdown(FULL.replace(b"\n", b"\r\n"), "proofs.md")

    assert document.title == "Proofs: a history"


def test_without_front_matter_the_first_heading_is_the_title() -> None:
    document = read_markdown(b"# On *proofs*\n\nText.", "proofs.md")

    assert (document.title, document.text) == ("On proofs", "Text.")


def test_without_a_heading_the_file_name_is_the_title() -> None:
    assert read_markdown(b"Text.", "proofs.md").title == "proofs"


@pytest.mark.parametrize(
    ("markdown", "prose"),
    [
        ("A **bold** [word](https://x.example) `code`.", "A bold word code."),
        ("One\nline.", "One line."),
        ("![secret](x.png) seen", "seen"),
        ("a <!-- secret --> b <b>c</b>", "a b c"),
        ("<div>secret</div>\n\nseen", "seen"),
        ("## Part\n\nText", "## Part\n\nText"),
        ("* one\n* two\n  1. deep\n", "- one\n- two\n  1. deep"),
        ("3. three\n4. four", "3. three\n4. four"),
        ("> said\n> so", "> said so"),
        ("```py title=a\nx = 1\n```", "```py\nx = 1\n```"),
        ("|a|b|\n|-|-|\n|1|2|", "a | b\n1 | 2"),
        ("text\n\n---\n\nmore", "text\n\nmore"),
        (r"5 \* 3 &amp; 2", "5 * 3 & 2"),
    ],
)
def test_markdown_becomes_what_its_reader_reads(markdown: str, prose: str) -> None:
    assert read_markdown(markdown.encode(), "a.md").text == prose


def test_a_rule_of_dashes_at_the_top_is_no_front_matter() -> None:
    document = read_markdown(b"---\n\nOnce upon a time: it was.\n\n---\nMore.", "a.md")

    assert document.text == "Once upon a time: it was.\n\nMore."


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("title: a\ntags: [b\nlink: c", "a.md: the front matter is broken at line 4"),
        ("\n\ntitle: 'a", "is broken at line"),
        ("title: a\n\tb: c", "broken at line 3"),
        ("title: !!python/object/apply:os.getcwd []", "broken at line 2"),
        ("date: 2024-02-31", "put it in quotes"),
        ("a: !!timestamp x", "put it in quotes"),
        ("a: !!int ''", "put it in quotes"),
        ("a: " + "[" * 5_000, "broken at line 2"),
        ("link: /posts/a", "`link` in the front matter is not a web address"),
        ("canonical_url: javascript:alert(1)", "`canonical_url` in the front"),
        ("title: " + "a" * 20_001, "longer than 20,000 characters"),
    ],
)
def test_broken_front_matter_is_one_clear_sentence(head: str, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        read_markdown(f"---\n{head}\n---\nText.".encode(), "a.md")

    assert len(str(caught.value)) < 200


def test_front_matter_that_is_not_closed_says_so() -> None:
    with pytest.raises(SourceError, match="not closed"):
        read_markdown(b"---\ntitle: a\n\nText.", "a.md")


@pytest.mark.parametrize(
    "number", ["9" * 5_000, "0x" + "f" * 15_000, "0b" + "1" * 15_000, ":".join(["59"] * 5_000)]
)
def test_a_number_that_is_too_long_to_read_is_a_text(number: str) -> None:
    document = read_markdown(f"---\ntitle: {number}\n---\nText.".encode(), "a.md")

    assert document.title.startswith(number[:50])
    assert len(document.title) <= 200


def test_an_alias_bomb_in_front_matter_is_never_written_out() -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    head = "\n".join([*lines, "title: *a29", "tags: *a29", "author: *a29"])

    with pytest.raises(SourceError, match="a value that YAML cannot read"):
        read_markdown(f"---\n{head}\n---\nText.".encode(), "a.md")


@pytest.mark.parametrize("data", [b"", b"---\ntitle: a\n---\n", b"<!-- only -->"])
def test_a_file_without_text_is_refused(data: bytes) -> None:
    with pytest.raises(SourceError, match=r"empty|no text"):
        read_markdown(data, "a.md")


def test_a_text_file_is_kept_as_it_is() -> None:
    document = read_text(b"On proofs\n\n5 * 3 * 2 _is_ 30\nand more", "a.txt")

    assert document.kind is SourceKind.TEXT
    assert document.title == "On proofs"
    assert document.text == "5 * 3 * 2 _is_ 30\nand more"


def test_a_text_of_one_paragraph_is_named_after_its_file() -> None:
    document = read_text(b"Only this.", "note.txt")

    assert (document.title, document.text) == ("note", "Only this.")


def test_hidden_characters_do_not_reach_the_document() -> None:
    data = "---\ntitle: a\u200bb\n---\nc\u202ed".encode()

    document = read_markdown(data, "a.md")

    assert (document.title, document.text) == ("ab", "cd")
