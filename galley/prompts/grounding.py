"""Keep a model's answer to what the author and the material gave it.

The answer goes out under the author's name and was written next to a stranger's text,
so addresses, mentions, hashtags and figures that nobody gave are taken out or named.
"""

import re
import unicodedata
from dataclasses import dataclass

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
_NUMBER = re.compile(r"\d+(?:[.,\u00a0\u202f']\d+)*")
_DATE_PIECES = 3
_CLOSING = ".,;:!?)]}\u00bb\u201d\u2019\"'"


@dataclass(frozen=True)
class Grounds:
    """What an answer may draw on.

    ``material`` is the source's text with its title; ``trusted`` is what the author
    wrote: brief, note, and the prompts of a prompt list.
    """

    material: str
    trusted: str = ""

    @property
    def everything(self) -> str:
        """Both together."""
        return f"{self.material}\n{self.trusted}"


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


def invented_numbers(text: str, grounds: Grounds) -> tuple[str, ...]:
    """Return the figures of ``text`` that nobody gave.

    Single digits are left alone: writers count ("3 lessons").
    """
    wholes = {_digits(n) for n in _NUMBER.findall(grounds.everything)}
    pieces = set(re.findall(r"\d+", grounds.everything))
    found = dict.fromkeys(_NUMBER.findall(text))
    return tuple(n for n in found if not _is_given(n, wholes | pieces))


def _is_given(number: str, known: set[str]) -> bool:
    whole = _digits(number)
    if len(whole) == 1 or whole in known:
        return True
    pieces = re.findall(r"\d+", number)
    return len(pieces) == _DATE_PIECES and known.issuperset(pieces)


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


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)
