"""Which sources are the same, and what a person named."""

import hashlib
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.models.source import SourceKind, SourceSpec
from galley.sources.identity import identity_of, normalise_url, spec_for
from galley.sources.text import SourceError


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTPS://Example.COM", "https://example.com/"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("http://example.com:80/a", "http://example.com/a"),
        ("http://example.com:8080/A/", "http://example.com:8080/A/"),
        ("https://example.com/a#part", "https://example.com/a"),
        ("https://example.com/?utm_source=a&UTM_x=b&fbclid=c", "https://example.com/"),
        ("https://example.com/?b=2&gclid=x&a=1", "https://example.com/?b=2&a=1"),
        ("https://example.com/?a=&a=1", "https://example.com/?a=&a=1"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/ä"),
        ("http://[::1]:9000/", "http://[::1]:9000/"),
        ("  https://example.com/a\n", "https://example.com/a"),
    ],
)
def test_what_does_not_change_the_page_does_not_change_the_address(url: str, normal: str) -> None:
    assert normalise_url(url) == normal
    assert normalise_url(normal) == normal


@given(st.text())
def test_any_text_is_an_address_or_an_error(text: str) -> None:
    try:
        normal = normalise_url(text)
    except SourceError:
        return
    assert normalise_url(normal) == normal


@pytest.mark.parametrize(
    "url", ["", "example.com", "ftp://a.example/", "https://", "http://[::1", "http://a:b/"]
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(SourceError, match="not a web address"):
        normalise_url(url)


def test_an_address_with_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(SourceError, match="password") as caught:
        normalise_url("https://me:secret@example.com/")

    assert "secret" not in str(caught.value)


def test_a_source_is_known_by_its_address_or_its_bytes() -> None:
    page = spec_for("https://Example.com/a?utm_id=1")
    file = spec_for("notes/a.md", b"# Text")

    assert identity_of(page) == "https://example.com/a"
    assert identity_of(file) == f"sha256:{hashlib.sha256(b'# Text').hexdigest()}"


@pytest.mark.parametrize(("url", "upload"), [(None, None), ("https://a.example/", "0" * 64)])
def test_a_source_is_one_thing(url: str | None, upload: str | None) -> None:
    spec = SourceSpec(kind=SourceKind.ARTICLE, name="x", url=url, upload=upload)

    with pytest.raises(SourceError, match="exactly one"):
        identity_of(spec)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.md", SourceKind.MARKDOWN),
        ("dir/A.Markdown", SourceKind.MARKDOWN),
        ("a.txt", SourceKind.TEXT),
        ("README", SourceKind.TEXT),
        ("a.yaml", SourceKind.PROMPTS),
        ("a.yml", SourceKind.PROMPTS),
        ("week.prompts.txt", SourceKind.PROMPTS),
        ("saved.html", SourceKind.ARTICLE),
    ],
)
def test_a_file_is_known_by_its_name(name: str, kind: SourceKind) -> None:
    spec = spec_for(name, b"text")

    assert spec.kind is kind
    assert "/" not in spec.name


@pytest.mark.parametrize(
    ("argument", "data", "message"),
    [
        ("nowhere.md", None, "There is no file nowhere.md"),
        ("www.example.com/a", None, "begins with https://"),
        ("file:///etc/passwd", None, "not a web address"),
        ("a.docx", b"PK", "a.docx is no kind of file"),
        ("a.md", b"\x00", "binary"),
        ("a.md", b"", "empty"),
        ("a.md", b"\xff", "not UTF-8"),
    ],
)
def test_what_cannot_be_read_says_so_before_anything_starts(
    argument: str, data: bytes | None, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        spec_for(argument, data)


def test_knowing_a_source_loads_no_client() -> None:
    code = (
        "import sys, galley.sources.identity, galley.sources.identity\n"
        "print(sorted({'httpx', 'trafilatura', 'lxml', 'yaml'} & set(sys.modules)))"
    )

    printed = subprocess.run(  # noqa: S603 (our own interpreter and code)
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert printed.stdout.strip() == "[]"
