"""Text rules that all readers share: decoding, cleaning, lengths, YAML, and finding a quotation.

The readers of this room call it, and so do the activities that quote a source.
"""

import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress

from galley.models.source import Cue, SourceDocument


class SourceError(Exception):
    """A source that cannot be used; the message says what to do and never quotes the source."""


MAX_BYTES = 10_000_000
MAX_PDF_BYTES = 50_000_000
"""Most bytes of a PDF are pictures."""
MAX_WORDS = 350_000
"""500 pages of 700 words; four hours of speech are a tenth of it."""
MAX_CHARACTERS = 2_500_000
"""For scripts that put no spaces between words."""

_NEWLINES = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Characters that a reader cannot see but a model reads: controls, soft hyphens, zero-width
# characters, bidirectional marks, fillers, tags, surrogates. Unicode 17, chapter 23.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Joiners are part of emoji and of Persian and Indic words, never of ASCII; variation
# selectors follow one visible character. Longer runs carry hidden data.
_JOINER_RUN = re.compile("([\u200c\u200d])[\u200c\u200d]+")
_STRAY_JOINER = re.compile(r"(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])")
_SELECTOR_RUN = re.compile("([\ufe00-\ufe0f])[\ufe00-\ufe0f]+")
_MARKS = frozenset({"Mn", "Me"})
_MAX_MARKS = 8
_BLANK_LINES = re.compile(r"\n{3,}")


def decode(data: bytes, name: str) -> str:
    """Return a file's text; ``name`` names it in messages.

    Raises:
        SourceError: It is empty, too large, binary, or not UTF-8.
    """
    if len(data) > MAX_BYTES:
        raise SourceError(f"{name} is larger than {MAX_BYTES // 1_000_000} MB: give only the text.")
    # UTF-16 has zero bytes too; it is told to be saved as UTF-8, not that it is binary.
    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError(f"{name} is a binary file: give a text file.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{name} is not UTF-8 text (byte {error.start + 1}): save it as UTF-8."
        ) from error
    if not text.strip():
        raise SourceError(f"{name} is empty: give a file with text.")
    return text


# Python also knows codecs that are no character sets of web pages, and slow ones.
_CHARSET = re.compile(
    r"utf-?(8|16(le|be)?)|us-ascii|latin-?1|iso-8859-\d{1,2}|windows-125\d|koi8-[ru]"
    r"|shift[_-]jis|euc-(jp|kr)|iso-2022-jp|gb2312|gbk|gb18030|big5",
    re.IGNORECASE,
)
# What pages call by these names was written on Windows: browsers read them so.
_WINDOWS = frozenset({"us-ascii", "latin1", "latin-1", "iso-8859-1", "windows-1252"})
_MOST_DAMAGE = 0.01  # of the characters, above which undeclared bytes are hardly UTF-8


def decode_page(body: bytes, header: str | None, declared: str | None) -> str:
    """Return the text of a page or feed, with replacement characters where bytes are damaged.

    Args:
        body: The bytes. A byte order mark counts before everything.
        header: The character set of the HTTP header.
        declared: The one that the page names itself.
    """
    for mark, encoding in (
        *((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")),
        *((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be")),
    ):
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    names = (name.strip().lower() for name in (header, declared) if name)
    known = [name for name in names if _CHARSET.fullmatch(name)]
    # UTF-8 before every other claim: text of another encoding is hardly ever valid UTF-8. Not
    # so text in seven bits.
    first = ["iso-2022-jp"] if "iso-2022-jp" in known else []
    for encoding in (*first, "utf-8", *(name for name in known if name not in _WINDOWS)):
        with suppress(UnicodeDecodeError, LookupError):
            return body.decode(encoding)
    if known:
        named = "windows-1252" if known[0] in _WINDOWS else known[0]
        with suppress(LookupError):
            return body.decode(named, "replace")
    text = body.decode("utf-8", "replace")
    if text.count("\ufffd") <= len(text) * _MOST_DAMAGE:
        return text
    return body.decode("windows-1252", "replace")  # browsers read unnamed bytes so


_MARK = re.compile(r"^(?:[-*+>]|\d{1,9}[.)])?\s*")
_LINK_ALONE = re.compile(r"(?i)[a-z][a-z0-9+.-]{1,20}://\S+|www\.\S+")
_FEWEST_LINKS, _LINKS_AMONG_LINES = 3, 0.8
# A title, not a word that stands in any text; beyond the others no list is looked for.
_TITLE_LENGTH, _MOST_LINKS, _LONGEST_LIST = 12, 500, 50_000


def require_more_than_links(text: str, links: Iterable[str], name: str) -> None:
    """Refuse a text that only names other pages: nobody can write a post of it.

    Args:
        text: As lines; headings do not count.
        links: The words of its links.
        name: Of the source, for the message.

    Raises:
        SourceError: Most of its lines are links.
    """
    known = {" ".join(one.split()) for one in links}
    lines = [" ".join(_MARK.sub("", line.strip()).split()) for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    linked = sum(line in known or bool(_LINK_ALONE.fullmatch(line)) for line in lines)
    is_listed = linked >= _FEWEST_LINKS and linked >= _LINKS_AMONG_LINES * len(lines)
    if is_listed or _is_covered(" ".join(lines), known):
        raise SourceError(
            f"{name} is a list of links, and says nothing itself: give one of the pages it names."
        )


def _is_covered(text: str, links: Iterable[str]) -> bool:
    """Tell whether the words of links are nearly all of a text, as where a page lost its lines."""
    found = [one for one in links if len(one) >= _TITLE_LENGTH and one in text]
    if len(text) > _LONGEST_LIST or not _FEWEST_LINKS <= len(found) <= _MOST_LINKS:
        return False
    left = text
    for words in sorted(found, key=len, reverse=True):
        left = left.replace(words, " ")
    return len("".join(left.split())) < (1 - _LINKS_AMONG_LINES) * len("".join(text.split()))


def clean(text: str) -> str:
    """Return the text without invisible characters, in Unicode form NFC.

    Lines end in a line feed and hold no trailing space; at most one blank line stands between
    two.
    """
    text = _NEWLINES.sub("\n", text)
    text = _INVISIBLE.sub("", text)
    text = _JOINER_RUN.sub(r"\1", text)
    text = _STRAY_JOINER.sub("", text)
    text = _SELECTOR_RUN.sub(r"\1", text)
    if not text.isascii():
        # Normalising takes the square of the number of marks on a letter, so eight are kept.
        kept, marks = list[str](), 0
        for character in text:
            marks = marks + 1 if unicodedata.category(character) in _MARKS else 0
            if marks <= _MAX_MARKS:
                kept.append(character)
        text = unicodedata.normalize("NFC", "".join(kept))
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", text).strip()


def clean_line(text: str, limit: int) -> str:
    """Return the text as one line of at most ``limit`` characters.

    A longer one is cut at a space and ends in an ellipsis.
    """
    line = " ".join(clean(text).split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"


def require_length(text: str, name: str) -> str:
    """Return the text if it is not too long to work with.

    Raises:
        SourceError: It has more than 350,000 words.
    """
    if len(text) > MAX_CHARACTERS or len(text.split()) > MAX_WORDS:
        raise SourceError(
            f"{name} is longer than {MAX_WORDS:,} words: give a shorter text or a part."
        )
    return text


def load_yaml(text: str, name: str) -> object:
    """Return the value of a YAML file; ``name`` names it in messages.

    Raises:
        SourceError: It is broken; the message names the line.
    """
    # The command line identifies sources without it, and should stay quick.
    from galley.sources import bounded_yaml

    try:
        return bounded_yaml.load(text)
    except bounded_yaml.UnreadableYamlError as error:
        where = f" at line {error.line}" if error.line else ""
        if error.why:
            raise SourceError(f"{name} is broken{where}: mend the YAML there.") from error
        raise SourceError(
            f"{name} holds a value{where} that cannot be read: put it in quotes, or write it "
            "without aliases."
        ) from error


def cue_at(document: SourceDocument, at: int) -> Cue | None:
    """Return the cue at a character of the text, with its speaker; texts without times have none.

    A speaker speaks on until the next one is named.
    """
    read, speaker = 0, ""
    for cue in document.cues:
        speaker = cue.speaker or speaker
        found = document.text.find(cue.text, read)
        if found < 0:
            continue
        read = found + len(cue.text)
        if at < read:
            return cue.model_copy(update={"speaker": speaker})
    return None


SHORTEST_QUOTE = 12
"""Characters; fewer occur anywhere and prove nothing."""
# Quotation marks, dashes and spaces that a writer may exchange; each is one character, so
# places in a text stay the same.
_SAME = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014\u00a0\u202f", "''\"\"--  ")
_WIDEST = 1_200  # Characters of a paragraph that is taken whole
_AROUND = 300
_SENTENCE_ENDS = re.compile(
    r"(?<![.!?\u2026\u3002\uff01\uff1f\u0964])[.!?\u2026\u3002\uff01\uff1f\u0964]++[\"'\u201d\u2019)]*+\s"
)


def locate(quote: str, text: str) -> tuple[int, int] | None:
    """Return the place of ``quote`` in ``text``; ``None`` if it is not there.

    White space, and the kinds of quotation marks and dashes, make no difference; everything
    else does.
    """
    wanted = " ".join(quote.translate(_SAME).split())
    if len(wanted) < SHORTEST_QUOTE:
        return None
    found = text.find(quote)
    if found >= 0:
        return _trimmed(text, found, found + len(quote))
    pattern = r"\s+".join(map(re.escape, wanted.split(" ")))
    match = re.search(pattern, text.translate(_SAME))
    return match.span() if match else None


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    said = text[start:end]
    return start + len(said) - len(said.lstrip()), end - len(said) + len(said.rstrip())


def widened(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the paragraph around a span, or of a long one the sentences around it."""
    first = text.rfind("\n\n", 0, start) + 2 if "\n\n" in text[:start] else 0
    last = text.find("\n\n", end)
    last = len(text) if last < 0 else last
    if last - first > max(_WIDEST, end - start):
        # The whole sentences within 300 characters on either side.
        low, high = max(first, start - _AROUND), min(last, end + _AROUND)
        if low > first:
            before = _SENTENCE_ENDS.search(text[low:start])
            first = before.end() + low if before else start
        if high < last:
            after = [match.end() + end for match in _SENTENCE_ENDS.finditer(text[end:high])]
            last = after[-1] if after else end
    return _trimmed(text, first, last)
