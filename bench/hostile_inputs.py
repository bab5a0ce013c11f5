"""Hostile sources, generated: the same ones each time, named by what they attack.

:mod:`bench.hostile` has them read. Each is a name, a reader's kind, and bytes.
"""

import json
import random
from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

from bench.hostile_pdf import pdf_inputs, simple_pdf

SEED = 18
SIZES = (2_000, 50_000, 400_000)
LARGE = 1_000_000


class Hostile(NamedTuple):
    """One input."""

    name: str
    kind: str
    data: bytes


def every_input(seed: int = SEED) -> Iterator[Hostile]:
    """Yield all inputs."""
    for make in (_pages, _feeds, _yaml, _markdown, _transcripts, _tables):
        yield from make()
    yield from (Hostile(name, "pdf", data) for name, data in pdf_inputs())
    yield from _damaged(random.Random(seed))  # noqa: S311 -- to be repeated, not secret


def _fill(unit: str, size: int) -> str:
    return unit * (size // max(1, len(unit)))


_WORDS = "The ferry sails at nine from the old harbour, and the printers wait for it. "
_ARTICLE = "".join(f"<p>{n}. {_WORDS * 3}</p>" for n in range(8))
_TAGS = (
    *("a", "b", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "figure", "font"),
    *("form", "h1", "h2", "hr", "iframe", "img", "li", "noscript", "ol", "option", "p", "picture"),
    *("pre", "q", "ruby", "script", "select", "span", "style", "svg", "table", "td", "template"),
    *("textarea", "tr", "u", "ul", "video", "math", "marquee", "object"),
)
_STYLES = (
    *("/* ", "/*/", "opacity:0;", "font-size:0", "font-size:00000", "color:white;", ";;;;", "\\"),
    *("clip:rect(", "left:-9", "display:none;", "transform:scale(0", "((((", "url(", "0.", "-0"),
)
_HEADS = {
    "canonical": '<link rel="canonical" href="{}">',
    "title": "<title>{}</title>",
    "author": '<meta name="author" content="{}">',
    "date": '<meta property="article:published_time" content="{}">',
    "data": '<script type="application/ld+json">{}</script>',
    "picture": '<meta property="og:image" content="{}">',
    "language": '<meta http-equiv="content-language" content="{}">',
    "charset": '<meta charset="{}">',
}
_VALUES = (
    *("http://[", "javascript:alert(1)", "//" * 50, "0" * 5_000, "[" * 5_000, '{"a":' * 3_000),
    *("9999-99-99T99:99:99Z", "\x00", "&#x110000;", "&lt;" * 2_000, "utf-7", "utf_8_sig", "idna"),
    *(
        "https://" + "a." * 5_000,
        "a" * 100_000,
        "\u202e" * 500,
        "e\u0301" * 5_000 + "\u0301" * 5_000,
    ),
    *("-" * 20_000, " | " * 20_000, ";" * 20_000, "1" * 20, "<b>" * 5_000),
)


def _page(body: str, head: str = "") -> bytes:
    text = f"<!doctype html><html><head>{head}</head><body><article>{body}</article></body></html>"
    return text.encode(errors="replace")


def _pages() -> Iterator[Hostile]:
    for tag, size in product(_TAGS, SIZES):
        yield Hostile(f"{tag} unclosed {size}", "page", _page(_fill(f"<{tag}>", size) + _ARTICLE))
        closed = _fill(f"a<{tag}>b</{tag}>", size)
        yield Hostile(f"{tag} closed {size}", "page", _page(_ARTICLE + closed))
    for tag in ("br", "p", "div", "td", "li", "span", "b"):
        yield Hostile(f"a and {tag}, a lot", "page", _page(_fill(f"a<{tag}>", LARGE)))
        yield Hostile(f"{tag}, a lot", "page", _page(_fill(f"<{tag}>", LARGE)))
        nested = f"<{tag}>" * 100_000 + "a" + f"</{tag}>" * 100_000
        yield Hostile(f"{tag} nested deep", "page", _page(nested + _ARTICLE))
    for style, size in product(_STYLES, SIZES):
        hidden = f'<p style="{_fill(style, size)}">{_WORDS}</p>'
        yield Hostile(f"style {style!r} {size}", "page", _page(_ARTICLE + hidden))
    for (name, head), value in product(_HEADS.items(), _VALUES):
        yield Hostile(f"{name} {value[:12]!r}", "page", _page(_ARTICLE, head.format(value)))
    units = (
        "<!--",
        "<!",
        "<?",
        "</",
        "<",
        "&",
        "&#",
        "&amp;",
        "]]>",
        "<![CDATA[",
        "<a href='",
        "\0",
    )
    more = ('<a b="', "<a b c d ", "<x:y>", "\n", " ", "\u200b", "\ud83d\ude00", "\u0301", "=", '"')
    for unit, size in product((*units, *more), (*SIZES, LARGE)):
        page = _page(_ARTICLE + _fill(unit, size))
        yield Hostile(f"{unit!r} {size}", "page", page)
    for encoding in ("utf-16", "utf-32", "utf-7", "shift_jis", "iso-2022-jp", "big5", "cp037"):
        body = _page(_ARTICLE).decode().encode(encoding, "replace")
        yield Hostile(f"in {encoding}", "page", body)
        yield Hostile(f"in {encoding}, cut", "page", body[1:-1])
    for count in (100, 5_000, 30_000):
        names = " ".join(f"a{n}={n}" for n in range(count))
        yield Hostile(f"{count} attributes", "page", _page(f"<p {names}>{_WORDS}</p>{_ARTICLE}"))
        links = "".join(f'<a href="/{n}">link {n}</a> ' for n in range(count))
        yield Hostile(f"{count} links", "page", _page(links + _ARTICLE))
        rows = "<tr>" + "<td colspan=9999>a</td>" * 10 + "</tr>"
        yield Hostile(
            f"{count} rows", "page", _page(f"<table>{rows * (count // 10)}</table>{_ARTICLE}")
        )


_RSS = '<rss version="2.0" xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel>'
_ITEM = "<item><guid>1</guid><title>{0}</title><description>{0}</description></item>"
_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(12))
_ENTITIES = {
    "laughs": f"<!DOCTYPE rss [{_LAUGHS}<!ENTITY x '&l11;'>]>",
    "file": '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "host": '<!DOCTYPE rss [<!ENTITY x SYSTEM "http://127.0.0.1:1/x">]>',
    "parameter": "<!DOCTYPE rss [<!ENTITY % p \"<!ENTITY x 'aaaa'>\"> %p;]>",
    "large": f'<!DOCTYPE rss [<!ENTITY x "{"a" * 200_000}">]>',
    "itself": '<!DOCTYPE rss [<!ENTITY x "&x;">]>',
    "elsewhere": '<!DOCTYPE rss SYSTEM "file:///etc/passwd">',
    "two types": "<!DOCTYPE rss []><!DOCTYPE rss [<!ENTITY x 'a'>]>",
}
_BEFORE = (
    "",
    f"<!-- <a {'x' * 70_000} -->",
    "<?x <rss> ?>",
    "\n" * 70_000,
    "<!-- <!DOCTYPE rss [ -->",
)


def _feeds() -> Iterator[Hostile]:
    for (name, head), before, often in product(_ENTITIES.items(), _BEFORE, (1, 2_000)):
        text = f"{before}{head}{_RSS}{_ITEM.format('&x;' * often)}</channel></rss>"
        for encoding in ("utf-8", "utf-16", "utf-7"):
            data = f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)
            yield Hostile(f"entity {name} {len(before)} {often} {encoding}", "feed", data)
    units = ("<item>", "<item/>", "<a>", "<a:b>", "<![CDATA[", "&lt;", "&amp;", "&#0;", "<", "\n")
    more = (
        "<title>",
        "<link>http://[</link>",
        "<pubDate>99</pubDate>",
        "<category>a</category>",
        "\u0301",
    )
    for unit, size in product((*units, *more), (*SIZES, LARGE)):
        yield Hostile(f"{unit!r} {size}", "feed", f"{_RSS}{_fill(unit, size)}".encode())
        inside = f"{_RSS}<item><title>a{_fill(unit, size)}</title></item></channel></rss>"
        yield Hostile(f"{unit!r} {size} in a title", "feed", inside.encode())
    for tag, size in product(("p", "br", "div", "li", "table"), (50_000, 300_000)):
        body = _ITEM.format(f"<![CDATA[{_fill(f'a<{tag}>', size)}]]>")
        yield Hostile(f"{tag} {size} in an item", "feed", f"{_RSS}{body}</channel></rss>".encode())
    for count in (1_000, 10_000, 40_000):
        items = "".join(
            f"<item><guid>{n}</guid><title>{n} &lt;b&gt;</title></item>" for n in range(count)
        )
        yield Hostile(f"{count} items", "feed", f"{_RSS}{items}</channel></rss>".encode())
        scripts = "<podcast:transcript url='/a' type='text/vtt'/>" * count
        text = f"{_RSS}<item><guid>1</guid>{scripts}</item></channel></rss>"
        yield Hostile(f"{count} transcripts", "feed", text.encode())


def _bomb(width: int, depth: int, last: str) -> str:
    lines = [f"a0: &a0 [{', '.join(['x'] * width)}]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, depth)]
    return "\n".join([*lines, last.format(f"*a{depth - 1}")])


_SITES: dict[str, tuple[str, str]] = {
    "front matter": ("markdown", "---\n{}\n---\nText of the article.\n"),
    "prompts": ("prompts", "prompts:\n- Write of ink.\n{}\n"),
    "table": ("table", "campaigns:\n- prompt: Write of ink.\n{}\n"),
}
_SCALARS = (
    *(
        "0x" + "f" * 15_000,
        "0b" + "1" * 15_000,
        ":".join(["59"] * 5_000),
        "9" * 9_000,
        "1e" + "9" * 400,
    ),
    *("!!timestamp x", "!!int x", "!!float x", "!!binary x", "!!set [a]", "!!omap [a]", "!!bool x"),
    *(
        "!!python/object/apply:os.system [id]",
        "!!merge x",
        "2026-02-31",
        "2026-99-99 99:99:99",
        "'\\ud800",
    ),
    *(
        '"\\ud800"',
        "[" * 15_000,
        "{a: " * 4_000,
        "- " * 9_000,
        "? " * 9_000,
        "&a [*a]",
        "*nobody",
        "!" * 9_000,
    ),
    *(
        "|" + "\n x" * 5_000,
        "'" * 9_999,
        '"' * 9_999,
        "%" * 9_999,
        "@",
        "`",
        "\t",
        "\u2028" * 4_000,
        "~",
    ),
)
_KEYS = ("title", "date", "tags", "link", "author", "language")


def _yaml() -> Iterator[Hostile]:
    for (site, (kind, text)), width, depth in product(_SITES.items(), (2, 9, 50), (4, 9, 30)):
        for last in ("title: {}", "tags: [{}]", "<<: {}", "{}: a", "title: !!omap [k: {}]"):
            data = text.format(_bomb(width, depth, last)).encode()
            yield Hostile(f"bomb {width} {depth} {last} in {site}", kind, data)
    for (site, (kind, text)), scalar, key in product(_SITES.items(), _SCALARS, _KEYS):
        data = text.format(f"{key}: {scalar}").encode(errors="replace")
        yield Hostile(f"{key} {scalar[:14]!r} in {site}", kind, data)


_SIGNS = (
    *(
        "*",
        "_",
        "[",
        "]",
        "![",
        "](",
        "`",
        "```\n",
        "> ",
        ">",
        "#",
        "# a\n",
        "|",
        "| a ",
        "- ",
        "1. ",
        "<",
    ),
    *(
        "<a ",
        "<!--",
        "&",
        "&amp;",
        "\\",
        "~",
        "~~",
        "\t",
        "    a\n",
        "\n",
        "a\n===\n",
        "[a]: b\n",
        "[a][a]",
    ),
    *(
        "http://",
        "<http://",
        "a@b.c ",
        "**a",
        "*a_",
        "[[a](",
        "!",
        "\u0301",
        "\u200d",
        "\ud83d\ude00",
        "x ",
    ),
    *("- a\n ", "> - ", "***\n", "|-|-|\n", "`` ` ", "<b>", "]]>", "$", "^", "\x0b", "\u2028"),
)


def _markdown() -> Iterator[Hostile]:
    for sign, size in product(_SIGNS, SIZES):
        text = _WORDS + "\n\n" + _fill(sign, size)
        for kind in ("markdown", "text"):
            yield Hostile(f"{sign!r} {size}", kind, text.encode(errors="replace"))


def _transcripts() -> Iterator[Hostile]:
    cue = "00:00:01.000 --> 00:00:02.000\nThe ferry sails.\n\n"
    units = (
        cue,
        "-->",
        "--> ",
        "0:",
        "00:00:01.000 --> ",
        "<v a>",
        "<00:00:01.000>",
        "{\\an8}",
        "&lt;",
    )
    more = ("NOTE a\n\n", "STYLE\n", "\n", "1\n", "9", "<", "a: b\n", "X-TIMESTAMP-MAP=", "\u0301")
    for unit, size, head in product(
        (*units, *more), (*SIZES, LARGE), ("WEBVTT\n\n", "1\n" + cue, "")
    ):
        yield Hostile(
            f"{unit!r} {size} {head[:6]!r}", "transcript", (head + _fill(unit, size)).encode()
        )
    bodies = ("<b>" * 5_000, "a" * 100_000, "&lt;" * 9_000, "a: b", "\u0301" * 9_000)
    for body, count in product(bodies, (1, 20)):
        told = {"segments": [{"body": body, "startTime": 1, "speaker": body}] * count}
        yield Hostile(f"json {body[:5]!r} {count}", "transcript", json.dumps(told).encode())
    for start in ('{"segments": ' + "[" * 20_000, '{"a":' * 20_000, '{"segments": [' + "9" * 9_000):
        yield Hostile(f"json {start[-5:]!r}", "transcript", start.encode())
        yield Hostile(f"json {start[-5:]!r}, closed", "transcript", f"{start}]}}".encode())


def _tables() -> Iterator[Hostile]:
    for unit, size in product(
        ('"', ",", "\n", "a,", '""', "a\n", "\r", ";", "\u0301", "=1+1,"), SIZES
    ):
        text = f"prompt,title\n{_fill(unit, size)}"
        yield Hostile(f"{unit!r} {size}", "csv", text.encode())


def _damaged(chance: random.Random) -> Iterator[Hostile]:
    cue = "00:00:01.000 --> 00:00:02.000\n<v Ana>The ferry &lt;sails&gt;.\n\n"
    samples: dict[str, bytes] = {
        "page": _page(_ARTICLE, "<title>Ink</title><meta charset=utf-8>"),
        "feed": f"{_RSS}{_ITEM.format('<![CDATA[<b>x</b>]]> &amp;') * 5}</channel></rss>".encode(),
        "markdown": f"---\ntitle: Ink\ntags: [a]\n---\n# Ink\n\n* a\n\n> {_WORDS}\n".encode(),
        "transcript": f"WEBVTT\n\n{cue * 8}".encode(),
        "pdf": simple_pdf(b"BT /F1 12 Tf 10 10 Td (The ferry sails at nine.) Tj ET\n" * 20),
        "prompts": b"title: Ink\nprompts:\n- Write of ink.\n- prompt: Write of paper.\n",
    }
    for kind, sample in samples.items():
        for number in range(70):
            yield Hostile(f"damaged {number}", kind, _damage(sample, chance))


def _damage(sample: bytes, chance: random.Random) -> bytes:
    data = bytearray(sample)
    ways: tuple[Callable[[int], None], ...] = (
        lambda at: data.__setitem__(at, chance.randrange(256)),
        lambda at: data.__delitem__(slice(at, at + chance.randrange(1, 40))),
        lambda at: data.__setitem__(slice(at, at), data[at : at + 60] * chance.randrange(1, 400)),
        lambda at: data.__setitem__(
            slice(at, at), chance.choice((b"<", b"&", b"[", b"\0", b"\xff"))
        ),
    )
    for _ in range(chance.randrange(1, 30)):
        chance.choice(ways)(chance.randrange(max(1, len(data) - 1)))
        if len(data) < 20:  # noqa: PLR2004 -- nothing is left to damage
            break
    return bytes(data)
