"""Model output reduced to plain visible words: no hidden characters, addresses or accounts.

Draft assembly calls it on every field, and lessons pass it before they are shown to a model.
"""

import re
import unicodedata
from collections import Counter
from functools import cache, lru_cache

from galley.drafting.evidence import Grounds, Passage
from galley.networks.text import MARKS, find_links, foreign_endings, hashtags_in, phone_numbers_in
from galley.networks.visible import visible

_MARKDOWN_LINK = re.compile(r"!?\[([^\]\n]{0,300})\]\([^)\n]{0,3000}\)")
_ADDRESS = re.compile(
    r"""(?ix)
    [a-z0-9+.-]{0,30}[:\uff1a](?://|\uff0f\uff0f)\S+   # any scheme with an authority
    | \b(?:javascript|vbscript|data|blob|file|mailto|tel|callto|sms|smsto|mms|intent|magnet):\S+
    | \b(?:bitcoin|lightning|ethereum|litecoin|dogecoin|monero|zcash|solana|upi|nostr|ipfs):\S+
    | \b(?:tg|whatsapp|viber|skype|facetime|facetime-audio|sips?|xmpp|ircs?|webcal|geo):\S+
    | \b(?:web\+|ms-|itms)[a-z-]{1,30}:\S+
    | (?<![\w:/])//[\w-]+\.\S+           # an address of the same scheme
    | \bwww\.\S+
    | (?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+       # e-mail
    """
)
# Networks make a mention or hashtag of a sign after anything but an ASCII letter, digit or
# underscore, and of a doubled sign.
_MENTION = re.compile(r"(?<![A-Za-z0-9_@\uff20])[@\uff20]+(?=\w)")
_HANDLE = re.compile(r"\w+(?:[.-]\w+)*(?:@\w+(?:[.-]\w+)*)?")
_ACCOUNT = re.compile(rf"{_MENTION.pattern}{_HANDLE.pattern}")
_INLINE_TAG = re.compile(r"(?<![A-Za-z0-9_&#\uff03])[#\uff03]+(?=\w*[^\W\d])")
_CLOSING = ".,;:!?)]}>\u00bb\u201d\u2019\"'"
_OWN_DIGITS = 7  # of a telephone number, at its end
_FIGURE = re.compile(r"[1-9]\d{0,2}(?:[ \u00a0.]\d{3})+|[1-9]\d*")  # thousands apart, or in a row
_GONE = "\ue000"  # where an address was; no text has it, as visible() drops private letters
_EMPTY = r"(?:\(\s*\)|\[\s*\]|<\s*>)"
_EMPTIED = re.compile(_EMPTY.replace(r"\s*", rf"\s*{_GONE}[\s{_GONE}]*"))
_INDENT = 16
_PASSES = 8  # removing one address may uncover another; no honest text needs so many
_TAG_LETTER = re.compile(rf"[\w{MARKS}]")
_OF_ANYTHING = frozenset(
    re.findall(
        r"\w+",
        """
        advice article blog business change community content day design experience explore facts
        family follow friends fun fyp guide happy help home howto idea ideas info inspiration
        instagood learning life lifestyle love marketing motivation new news people photooftheday
        post quote share social socialmedia story success thing things time tip tips today
        trending trends update video viral week work world year alltag artikel beitrag blog
        erfahrung familie fakten freude gemeinschaft geschichte geschichten gesellschaft heute
        hilfe idee ideen info jahr leben lernen leute liebe menschen motivation neu neues
        neuigkeiten tag tage thema tipp tipps veranstaltung welt wissen woche zeit zukunft zuhause
        """,
    )
)
"""Hashtags under which everything stands, so that nobody looks there for one thing."""
_CODE_GOES_ON = re.compile(
    r" ?(?:!?=|[,;)<>+*-])| (?:not|in|is|and|or|on|as|asc|desc|from|where|between|like|group|order|"
    r"limit|having|union|join|inner|left|right|then|else|end|when)\b| ?(?:\n|$)",
    re.IGNORECASE,
)
# What encloses a name in code, and none in a sentence: ``{m.nr}``, ``f(m.nr)``, ``nr: a.nr + 1``.
_ENCLOSED = (
    (r"\{ ?", r" ?\}"),
    (r"(?:\w|if |for |while )[(\[]", r"[)\],]"),
    (r"(?:\w: |[\w)\]] ?={1,3} ?)", r" ?[+*] ?\d"),
)
_LONGEST_MEMBER = 10
_CALLED = frozenset(
    {
        *("at", "date", "group", "info", "map", "name", "next", "now", "open", "post", "read"),
        *("run", "save", "search", "select", "show", "to", "today"),
    }
)
"""Endings of addresses that are names of functions in programs."""
_SITES = frozenset(
    {
        *("app", "at", "biz", "ch", "club", "co", "com", "de", "dev", "eu", "fr", "gg", "io"),
        *("link", "live", "ly", "me", "net", "online", "org", "page", "pl", "pro", "ru", "shop"),
        *("site", "store", "top", "tv", "uk", "us", "web", "win", "xyz"),
    }
)
"""Endings by which people know an address wherever they stand: never taken for code."""
_PATH_FOLLOWS = re.compile(
    r"\W{0,6}(?:(?:then|and)\W{0,3})?[/\u2044\u2215\u29f8\uff0f]", re.IGNORECASE
)
_ENDING = r"\w{0,2}(?!\w)"  # letters that a plural or a case may add to a word of a hashtag
# Scripts that do not, or not always, put spaces between words.
_SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff\uac00-\ud7af]")


@cache
def _bare_domain() -> re.Pattern[str]:
    # U+FF0E and the letters from U+FF21 are the wide forms, which browsers take for the usual ones.
    wide = "[\uff21-\uff3a\uff41-\uff5a]{2,24}"
    endings = "|".join(sorted(foreign_endings()))
    return re.compile(
        r"(?<![\w@./\uff0e-])(?:[\w-]+[.\uff0e])+"
        rf"(?:[a-z]{{2,24}}|[A-Z]{{2,24}}|{wide}|{endings})"
        r"(?![\w-])(?::\d+)?(?:[/?#]\S*)?"
    )


def grounded_text(text: str, grounds: Grounds) -> str:
    """Return ``text`` as plain visible words.

    Invisible and direction-changing characters are removed. So are web and mail addresses and
    the signs of mentions and hashtags, unless the author named the address or the account. The
    link of a post is added afterwards, by the network's rules.
    """
    for _ in range(_PASSES):
        shown = _MARKDOWN_LINK.sub(r"\1", visible(text))
        shown = _ADDRESS.sub(lambda m: _if_given(m.group(), grounds), shown)
        shown = _bare_domain().sub(lambda m: _if_a_name(m.group(), grounds), shown)
        shown = _without_links(shown, grounds)
        shown = _without_phones(shown, grounds.trusted)
        shown = _MENTION.sub(lambda m: _sign_of(m, grounds), shown)
        shown = _tidied(_INLINE_TAG.sub("", shown))
        if shown == text:
            return text
        text = shown
    return re.sub(r"[@#\uff20\uff03]|[.:](?=\S)", " ", text)


def ungiven(text: str, grounds: Grounds) -> list[str]:
    """Return the words of a text that :func:`grounded_text` takes out or changes.

    Hashtags of the material's words count as given, as :func:`grounded_tags` has it.
    """
    given = grounded_tags(list(hashtags_in(text)), grounds, len(text))
    plain = text
    for tag in given:
        plain = re.sub(rf"[#\uff03]{re.escape(tag)}(?!\w)", tag, plain)
    left = Counter(grounded_text(plain, grounds).split())
    return list(Counter(plain.split()) - left)


def grounded_tags(tags: list[str], grounds: Grounds, limit: int) -> tuple[str, ...]:
    """Return at most ``limit`` hashtags made of whole words of the material or the author.

    Addresses and accounts in the material are not words of it. A word under which anything stands
    is none that people look for, unless the author gives it as a hashtag.
    """
    passages = (
        one if one.origin.is_trusted else Passage(one.origin, _plain(one.text))
        for one in grounds.passages
    )
    words = Grounds(passages, grounds.languages)
    kept: dict[str, str] = {}
    for tag in tags:
        name = "".join(_TAG_LETTER.findall(visible(tag)))
        is_word = any(c.isalpha() for c in name)
        folded = name.casefold()
        is_found = folded not in _OF_ANYTHING or _is_given_as_tag(name, grounds.trusted)
        if is_word and is_found and folded not in kept and _are_words(name, words):
            kept[folded] = name
        if len(kept) == limit:
            break
    return tuple(kept.values())[:limit]


def _is_given_as_tag(name: str, trusted: str) -> bool:
    """Return whether the author writes a hashtag, or has it on a line of its own as personas do."""
    tag = re.escape(name)
    return bool(re.search(rf"(?im)^{tag}$|[#\uff03]{tag}(?!\w)", trusted))


@lru_cache(maxsize=8)
def _plain(text: str) -> str:
    """Return a stranger's text without addresses and accounts."""
    for pattern in (_ADDRESS, _bare_domain(), _ACCOUNT):
        text = pattern.sub(" | ", text)
    return text


def _are_words(name: str, grounds: Grounds) -> bool:
    """Return whether the letters of a tag are whole words in a row."""
    letters = [re.escape(c) for c in name if c != "_"]
    gap = r"[\W_]*" if len(letters) > 1 else ""
    inner = gap.join(letters)
    if not _SPACELESS.search(name):
        inner = rf"(?<![^\W_]){inner}{_ENDING}"
    return grounds.find(re.compile(inner, re.IGNORECASE)) is not None


def _without_links(text: str, grounds: Grounds) -> str:
    """Remove the addresses that a network would still make a link of."""
    for start, end in reversed(find_links(text)):
        link = text[start:end]
        if _stands_alone(link, grounds.trusted):
            continue
        # The name of a site that the material speaks of loses its ending: most networks make a
        # link of ``Shop.com``, and none of ``Shop``.
        is_name = not re.search(r"[/?#:]", link) and _stands_alone(link, grounds.material)
        stem, _, ending = link.rpartition(".")
        name = stem.replace(".", " ") if is_name else _GONE
        # A line of code without the end of a name is a false one. No network makes a link of
        # ``v. id``, and languages read it as ``v.id``.
        rest = _going_on(link, text[end:], grounds.material)
        if rest is not None:
            name = ". ".join(f"{link}{rest}".split("."))
        elif is_name and _is_code(link, text[:start], text[end:], grounds.material):
            name = f"{stem}. {ending}"
        text = f"{text[:start]}{name}{text[end + len(rest or '') :]}"
    return text


def _is_code(link: str, before: str, behind: str, material: str) -> bool:
    """Return whether a name that the material has is one of a program there and here."""
    stem, _, ending = link.rpartition(".")
    if "-" in link or ending.lower() in _SITES:
        return False
    return _is_member(stem, behind, material) or _is_enclosed(link, before, behind, material)


def _is_member(stem: str, behind: str, material: str) -> bool:
    """Return whether a name such as ``v.id`` is of code.

    It is short, the material names other members of it, and what stands behind it in the draft
    goes on as code does: what a stranger would have readers type goes on with a path.
    """
    if _PATH_FOLLOWS.match(behind):
        return False
    if stem in {"self", "this"}:
        return True
    if not re.fullmatch(r"[a-z]{1,3}", stem) or not _CODE_GOES_ON.match(behind):
        return False
    other = rf"(?<![\w@./-]){stem}\.[a-z]+(?:_\w+|[A-Z]\w*)(?![\w/@-])"
    return bool(re.search(other, material))


def _going_on(link: str, behind: str, material: str) -> str | None:
    """Return the rest of a name in code that begins with a link, or nothing where it is none.

    ``con.in_transaction`` and ``e.target.value`` go on, and ``asyncio.run(`` is called. No
    address goes on so, and nobody can type one.
    """
    ending = link.rpartition(".")[2]
    if "-" in link:
        return None
    if ending in _CALLED and behind.startswith("("):
        is_called = re.search(rf"(?<![\w@./-]){re.escape(link)}\(", material)
        return "" if is_called else None
    rest = re.match(r"_\w+|(?:\.[A-Za-z_]\w*)+", behind)
    if rest is None or ending.lower() in _SITES:
        return None
    return rest.group() if _stands_alone(f"{link}{rest.group()}", material) else None


def _is_enclosed(name: str, before: str, behind: str, material: str) -> bool:
    """Return whether a name such as ``m.nr`` stands in code, in the draft as in the material."""
    if not re.fullmatch(rf"[a-z]{{1,{_LONGEST_MEMBER}}}\.[a-z]+", name):
        return False
    if _PATH_FOLLOWS.match(behind) or re.search(rf"{re.escape(name)}\W{{0,6}}/", material):
        return False
    return any(
        re.search(rf"{opens}$", before[-8:])
        and re.match(closes, behind)
        and re.search(rf"{opens}{re.escape(name)}{closes}", material)
        for opens, closes in _ENCLOSED
    )


def _without_phones(text: str, trusted: str) -> str:
    """Remove telephone numbers that the author did not give, however they are written.

    As with addresses, those of the material do not count: a stranger's text may carry one that
    costs. Not by the library ``phonenumbers``: a text does not tell the country that it needs.
    """
    found = phone_numbers_in(text)
    given = {_digits(one) for one in phone_numbers_in(trusted)} if found else frozenset[str]()
    for number in sorted(found, key=len, reverse=True):
        # With and without the code of the country, a number ends alike.
        ending = _digits(number)[-_OWN_DIGITS:]
        if not _FIGURE.fullmatch(number) and not any(one.endswith(ending) for one in given):
            text = text.replace(number, _GONE)
    return text


def _digits(number: str) -> str:
    return "".join(str(unicodedata.digit(c)) for c in number if c.isdigit())


def _if_named(address: str, trusted: str) -> str:
    bare, tail = _split(address)
    return address if _stands_alone(bare, trusted) else f"{_GONE}{tail}"


def _if_given(address: str, grounds: Grounds) -> str:
    """Keep ``file:/var/log/play.log`` where a setting of the material has it: it leads nowhere."""
    bare, _ = _split(address)
    is_path = re.match(r"file:/[\w.]", bare) and _stands_alone(bare, grounds.material)
    return address if is_path else _if_named(address, grounds.trusted)


def _if_a_name(domain: str, grounds: Grounds) -> str:
    """Keep ``worker.py`` and ``Node.js`` where the material has them as names."""
    bare, _ = _split(domain)
    # A wide letter or stop is none of a program's.
    is_name = not re.search(r"[/?#:\uff0e\uff21-\uff3a\uff41-\uff5a]", bare)
    is_name = is_name and _stands_alone(bare, grounds.material)
    return domain if is_name else _if_named(domain, grounds.trusted)


def _split(address: str) -> tuple[str, str]:
    """Separate an address from the punctuation of the sentence that it ends."""
    end = len(address)
    while end and address[end - 1] in _CLOSING:
        bare = address[:end]
        # A bracket that closes one within the address belongs to it.
        if bare[-1] == ")" and bare.count("(") >= bare.count(")"):
            break
        end -= 1
    return address[:end], address[end:]


def _stands_alone(name: str, text: str) -> bool:
    return bool(re.search(rf"(?<![\w@./-]){re.escape(name)}(?![\w/@-])", text))


def _sign_of(match: re.Match[str], grounds: Grounds) -> str:
    handle = _HANDLE.match(match.string, match.end())
    named = re.escape(handle.group()) if handle else ""
    pattern = rf"(?<![A-Za-z0-9_])[@\uff20]{named}(?![\w@]|[.-]\w)"
    is_given = bool(named and re.search(pattern, grounds.trusted, re.IGNORECASE))
    return "@" if is_given else ""


def _tidied(text: str) -> str:
    # Brackets around an address go with it, and empty ones of nothing; those of ``now()`` stay.
    while (emptied := _EMPTIED.sub(_GONE, text)) != text:
        text = emptied
    text = re.sub(r"(?<=\S)[^\S\n]+", " ", text)
    # So does the space before the end of its sentence; that of ``ruff check .`` stays.
    text = re.sub(rf"(?<![ {_GONE}]) ?{_GONE}[ {_GONE}]*+([.,;!?])(?=\s|$)", r"\1", text)
    text = text.replace(_GONE, "")
    text = re.sub(r"(?<=\S)[^\S\n]+", " ", text)
    text = re.sub(r"(?m)^[^\S\n]+", _indent, text)
    text = re.sub(r"(?m)(?<! ) ++$", "", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _indent(found: re.Match[str]) -> str:
    # Lines of code are indented.
    return " " * min(len(found.group().expandtabs(4)), _INDENT)
