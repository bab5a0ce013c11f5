"""Keep a model's answer to what the author and the material gave it.

The answer goes out under the author's name and was written next to a stranger's text,
so addresses, mentions and hashtags that nobody gave are taken out.
"""

import re
import unicodedata

from galley.grounding.grounds import Grounds

_KEPT_FORMATS = {"\u200c", "\u200d"}
"""Joiners: emoji and several scripts are misspelt without them."""
_INVISIBLE_LETTERS = {"\u034f", "\u115f", "\u1160", "\u3164", "\uffa0", "\u2800"}
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})

_MARKDOWN_LINK = re.compile(r"!?\[([^\]\n]{0,300})\]\([^)\n]{0,3000}\)")
_ADDRESS = re.compile(
    r"""(?ix)
    [a-z0-9+.-]{0,30}://\S+              # any scheme with an authority
    | \b(?:javascript|data|mailto|tel):\S+
    | \bwww\.\S+
    | (?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+       # e-mail
    """
)
_BARE_DOMAIN = re.compile(
    r"(?<![\w@./-])(?:[\w-]+\.)+(?:[a-z]{2,24}|[A-Z]{2,24})(?![\w-])(?::\d+)?(?:[/?#]\S*)?"
)
_MENTION = re.compile(r"(?<![\w.])[@\uff20](?=\w)")
_INLINE_TAG = re.compile(r"(?<![\w&])[#\uff03](?=\w*[^\W\d])")
_CLOSING = ".,;:!?)]}\u00bb\u201d\u2019\"'"


def grounded_text(text: str, grounds: Grounds) -> str:
    """Return ``text`` as plain visible words.

    Invisible and direction-changing characters go, and so do web and mail addresses
    and the signs that make mentions and hashtags, unless the author named the address
    or the account. The link of a post is put in afterwards, by the platform's rules.
    """
    shown = _MARKDOWN_LINK.sub(r"\1", visible(text))
    shown = _ADDRESS.sub(lambda m: _if_trusted(m.group(), grounds), shown)
    shown = _BARE_DOMAIN.sub(lambda m: _if_a_name(m.group(), grounds), shown)
    shown = _MENTION.sub(lambda m: _sign_of(m, grounds), shown)
    shown = _INLINE_TAG.sub("", shown)
    return _tidied(shown)


def visible(text: str) -> str:
    """Return ``text`` without characters that cannot be seen or that turn direction."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = plain.replace("\u2028", "\n").replace("\u2029", "\n\n").replace("\t", " ")
    return "".join(c for c in plain if _is_shown(c))


def grounded_tags(tags: list[str], grounds: Grounds, limit: int) -> tuple[str, ...]:
    """Return at most ``limit`` hashtags whose words the material or author used."""
    known = _squeezed(grounds.everything)
    kept: dict[str, str] = {}
    for tag in tags:
        name = "".join(c for c in visible(tag) if c.isalnum() or c == "_")
        if name and not name.isdigit() and _squeezed(name) in known:
            kept.setdefault(name.casefold(), name)
    return tuple(kept.values())[:limit]


def _is_shown(char: str) -> bool:
    if char in _KEPT_FORMATS or char == "\n":
        return True
    if char in _INVISIBLE_LETTERS:
        return False
    return unicodedata.category(char) not in _DROPPED


def _if_trusted(address: str, grounds: Grounds) -> str:
    bare, tail = _split(address)
    return address if _stands_alone(bare, grounds.trusted) else tail


def _if_a_name(domain: str, grounds: Grounds) -> str:
    """Keep ``worker.py`` and ``example.org`` where the text speaks of them by name."""
    bare, tail = _split(domain)
    if _stands_alone(bare, grounds.trusted):
        return domain
    is_name = not re.search(r"[/?#:]", bare)
    return domain if is_name and _stands_alone(bare, grounds.material) else tail


def _split(address: str) -> tuple[str, str]:
    """Part an address from the punctuation of the sentence it ends."""
    end = len(address)
    while end and address[end - 1] in _CLOSING:
        bare = address[:end]
        if bare[-1] == ")" and bare.count("(") >= bare.count(")"):
            break
        end -= 1
    return address[:end], address[end:]


def _stands_alone(name: str, text: str) -> bool:
    return bool(re.search(rf"(?<![\w@./-]){re.escape(name)}(?![\w/@-])", text))


def _sign_of(match: re.Match[str], grounds: Grounds) -> str:
    name = re.match(r"\w+", match.string[match.end() :])
    mention = f"@{name.group() if name else ''}"
    return "@" if mention in grounds.trusted else ""


def _tidied(text: str) -> str:
    text = re.sub(r"\(\s*\)|\[\s*\]|<\s*>", "", text)
    text = re.sub(r"[^\S\n]+", " ", text)
    text = re.sub(r" +([.,;!?])(?=\s|$)", r"\1", text)
    text = re.sub(r" *\n *", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _squeezed(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
