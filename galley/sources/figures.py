"""Figures that can be drawn of a source: a list, numbers of one kind, a block of code.

The activity that draws cards calls it. It reads the Markdown prose of the readers, so nothing
is invented: each point, label, number and line of code stands in the source.
"""

import re
import unicodedata
from collections.abc import Iterator

from babel import Locale, UnknownLocaleError
from babel.numbers import format_decimal

from galley.models.media import Bar, Chart, Code, Points

FEWEST, MOST_POINTS, MOST_BARS = 3, 6, 8
_POINT_LENGTH, _LABEL_LENGTH = 90, 28
MOST_LINES, MOST_COLUMNS = 26, 76
"""Of a block of code; a larger one would be too small to read on a phone."""
_FENCE = re.compile(r"\A(`{3,})([\w+#.-]{0,20})[^`]*\Z")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s")
# A word of six letters, or any letter of a script that is not Latin.
_TELLING = re.compile(r"[^\W\d_]{6,}|[^\W\d_a-zA-Z]")
_MUCH = 0.6  # of the most different words that a block has
_WORD = re.compile(r"[^\W\d]\w+")
_ITEM = re.compile(r"^(?:- |\d{1,3}\. )(?P<words>\S.*)$")
_HEADING = re.compile(r"^##+ (?P<words>\S.*)$", re.MULTILINE)
_LABELLED = re.compile(r"^(?P<label>[^:\u2013\u2014]{1,60}?)\s*[:\u2013\u2014]\s*(?P<value>.+)$")
_NUMBER = re.compile(
    r"^(?P<before>[^\d+-]{0,4}?)\s?(?P<digits>\d[\d.,'\u2019\u00a0\u202f ]*\d|\d)"
    r"\s?(?P<after>[^\d]{0,12})$"
)
# 1,234,567 with one mark throughout; a single group such as 1,234 is read as thousands.
_GROUPED = re.compile(r"^\d{1,3}(?:(?P<mark>[.,'\u2019\u00a0\u202f ])\d{3})(?:(?P=mark)\d{3})*$")
_DECIMAL = re.compile(r"^\d+[.,]\d{1,6}$")
# Groups and decimals together: 1,234.5 and 1.234,5.
_MIXED = re.compile(r"^\d{1,3}(?:,\d{3})+\.\d{1,6}$|^\d{1,3}(?:\.\d{3})+,\d{1,6}$")
# Labels in time, which make a line instead of bars: 2024, 2024-06, 2024-Q2, Q2 2024.
_NAMED_UNIT = re.compile(r"^(?P<title>[^(\[]{2,40}?)\s*[(\[](?P<unit>[^)\]\d]{1,8})[)\]]$")
_UNGROUPED = re.compile(r"^[0-9]{4,15}$")
_HEADING_LENGTH = 90
_YEAR = re.compile(r"^(?:19|20)\d\d(?:[-/.](?:0?[1-9]|1[0-2]|Q[1-4]))?$|^Q[1-4](?: ?\d{4})?$")


def codes_of(text: str, about: str = "") -> tuple[tuple[Code, ...], bool]:
    """Return the blocks of code that are small enough, and whether there is any of any size.

    The one comes first that has most words of ``about``, and then the one that says most: with
    the most different words, as a program has, and a line of a shell has not. A few words more
    or fewer make no difference.
    """
    found, codes = False, list[Code]()
    for language, written in _parted(text)[1]:
        code = written.strip("\n").expandtabs(4)
        if not code.strip():
            continue
        found = True
        lines = code.split("\n")
        if len(lines) <= MOST_LINES and max(map(len, lines)) <= MOST_COLUMNS:
            heading = _over(text, written)
            codes.append(Code(text=code, language=language.lower(), heading=heading))
    told = set(_WORD.findall(about.casefold()))
    words = {code: set(_WORD.findall(code.text.casefold())) for code in codes}
    most = max(map(len, words.values()), default=0)

    def says(code: Code) -> tuple[int, bool]:
        return len(words[code] & told), len(words[code]) >= _MUCH * most

    return tuple(sorted(codes, key=says, reverse=True)), found


def _parted(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the text without its blocks of code, and the language and code of each."""
    lines = text.split("\n")
    # The last line that can end a block: none is looked for in vain.
    last = {line.rstrip(): at for at, line in enumerate(lines)}
    prose, blocks, at = list[str](), list[tuple[str, str]](), 0
    while at < len(lines):
        match = _FENCE.match(lines[at])
        if match is None or last.get(match[1], 0) <= at + 1:
            prose.append(lines[at])
            at += 1
            continue
        end = next(n for n in range(at + 2, len(lines)) if lines[n].rstrip() == match[1])
        blocks.append((match[2], "\n".join(lines[at + 1 : end])))
        prose.append("")
        at = end + 1
    return "\n".join(prose), blocks


def points_of(text: str) -> Points | None:
    """Return a list of three to six short points, steps before others, or else the headings.

    A long point is told by its first sentence.
    """
    prose, _ = _parted(text)
    lists = sorted(_lists(prose), key=lambda one: not one[1])
    for items, is_ordered in (*lists, (_HEADING.findall(prose), False)):
        points = [
            item if len(item) <= _POINT_LENGTH else _SENTENCE_END.split(item, 1)[0]
            for item in items
        ]
        is_short = all(len(words) <= _POINT_LENGTH for words in points)
        if FEWEST <= len(items) <= MOST_POINTS and is_short:
            heading = _over(prose, items[0])
            return Points(points=tuple(points), is_ordered=is_ordered, heading=heading)
    return None


def _over(text: str, found: str) -> str:
    """Return the heading above a figure, or the short line that leads to it; else nothing."""
    above = text.partition(found)[0].rstrip(" -.0123456789\n").rpartition("\n\n")[2].strip()
    line = above.rpartition("\n")[2].strip()
    if heading := _HEADING.match(line):
        # "How to do it" says nothing by itself.
        return heading["words"] if _TELLING.search(heading["words"]) else ""
    is_lead = line.endswith(":") and len(line) <= _HEADING_LENGTH
    return line.rstrip(":").strip() if is_lead else ""


def chart_of(text: str, language: str = "en") -> Chart | None:
    """Return the first table or list of numbers of one kind: three to eight of them."""
    prose, _ = _parted(text)
    for block in prose.split("\n\n"):
        # A table, in the form that the readers give it: cells between bars, the head first.
        head, *body = rows = [line.split(" | ") for line in block.split("\n")]
        if len(body) < FEWEST or len(head) < 2 or len({*map(len, rows)}) > 1:  # noqa: PLR2004
            continue
        for column in range(1, len(head)):
            pairs = [(row[0], row[column]) for row in body]
            if chart := _chart(head[column], pairs, language):
                return chart.model_copy(update={"heading": _over(prose, block)})
    for items, _ in _lists(prose):
        found = [_LABELLED.match(item) for item in items]
        pairs = [(match["label"], match["value"]) for match in found if match]
        if len(pairs) == len(items) and (chart := _chart("", pairs, language)):
            return chart.model_copy(update={"heading": _over(prose, items[0])})
    return None


def _chart(title: str, pairs: list[tuple[str, str]], language: str) -> Chart | None:
    """Return a chart of these pairs, if all are numbers of one unit."""
    if not FEWEST <= len(pairs) <= MOST_BARS:
        return None
    bars: list[Bar] = []
    units: set[str] = set()
    for named, written in pairs:
        read, label = _value(written.strip().rstrip(".")), " ".join(named.split())
        if read is None or not label or len(label) > _LABEL_LENGTH:
            return None
        value, unit = read
        units.add(unit)
        bars.append(
            Bar(label=label, shown=_grouped(written.strip().rstrip("."), language), value=value)
        )
    labels = [bar.label for bar in bars]
    if len(units) != 1 or len(set(labels)) != len(labels) or not any(bar.value for bar in bars):
        return None
    is_line = all(map(_YEAR.match, labels))
    title = " ".join(title.split())
    # "Latency (ms)": the unit stands beside each number, where one reads it.
    named = _NAMED_UNIT.match(title) if units == {""} else None
    if named and not is_line:
        shown = (bar.model_copy(update={"shown": f"{bar.shown} {named['unit']}"}) for bar in bars)
        return Chart(title=named["title"], bars=tuple(shown))
    title, unit = (named["title"], named["unit"]) if named else (title, "")
    return Chart(title=title, unit=unit, bars=tuple(bars), is_line=is_line)


def _grouped(written: str, language: str) -> str:
    """Return a whole number of four digits or more with the marks of its language."""
    if not _UNGROUPED.match(written):
        return written
    try:
        return format_decimal(int(written), locale=Locale.parse(language, sep="-"))
    except (UnknownLocaleError, ValueError):
        return format_decimal(int(written), locale="en")


def _value(written: str) -> tuple[float, str] | None:
    """Return a number's value and unit; ``None`` where it can be read in two ways."""
    match = _NUMBER.match(unicodedata.normalize("NFKC", written))
    if match is None:
        return None
    unit = f"{match['before'].strip()} {match['after'].strip()}".strip()
    digits = match["digits"]
    if digits.isdigit():
        return float(digits), unit
    if _GROUPED.match(digits):
        return float(re.sub(r"\D", "", digits)), unit
    if _MIXED.match(digits):
        whole, decimals = digits[:-1].rsplit(max(",.", key=digits.rfind), 1)
        return float(re.sub(r"\D", "", whole) + "." + decimals + digits[-1]), unit
    if _DECIMAL.match(digits):
        return float(digits.replace(",", ".")), unit
    return None


def _lists(text: str) -> Iterator[tuple[list[str], bool]]:
    """Yield the points of each list, and whether it is numbered; a list in a list is none."""
    for block in text.split("\n\n"):
        matches = [_ITEM.match(line) for line in block.split("\n")]
        items = [match["words"].strip() for match in matches if match]
        if items and len(items) == len(matches):
            yield items, block[0].isdigit()
