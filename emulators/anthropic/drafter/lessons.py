"""A reviewer's habits, learned from the lessons in a prompt: earlier drafts and their edits.

A model would judge; rules can only count. They find words that were exchanged or cut, the
number of sentences left where endings are cut, and drafts called too long. The order that
:mod:`emulators.anthropic.drafter.request` reads carries the habits.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

_SECTION = re.compile(
    r"(?ms)^(?P<fence>=== lessons [0-9a-f]{16,} ===)$\n(?P<inside>.*?)^(?P=fence)$"
)
_LESSON = re.compile(r"(?m)^Lesson \d+ \((\w+) on ([^),\n]*)[^)\n]*\)$")
_TOKEN = re.compile(r"\w+(?:['\u2019-]\w+)*|[^\w\s]")
_SENTENCE_END = re.compile(r"(?<=[.!?\u2026\u3002\uff01\uff1f])\s+|\n+")
_ALIKE = 0.6
"""Share of words in common from which one sentence is taken to be the other one, edited."""
_MOST_OUT, _MOST_IN, _LEAST_LETTERS = 5, 8, 4
"""Limits of an exchange: a larger one is a sentence written anew, and no habit."""
_OFTEN = 2
"""Edits that agree before they count as a habit."""


@dataclass(frozen=True)
class Habits:
    """What earlier edits have in common.

    ``swaps`` are words and their replacements; ``most_sentences`` is the number left of
    drafts whose ending was cut, 0 if that is no habit. ``short_on`` are the networks whose
    drafts were called too long.
    """

    swaps: tuple[tuple[str, str], ...] = ()
    most_sentences: int = 0
    short_on: frozenset[str] = frozenset()

    def applied(self, sentence: str) -> str:
        """Return a sentence as the reviewer would edit it."""
        text = sentence
        for out, put in self.swaps:
            words = r"\s+".join(map(re.escape, out.split()))
            pattern = re.compile(rf"(?i)(?<!\w){words}(?!\w)" + ("" if put else r"\s?"))
            text = pattern.sub(lambda found, put=put: _in_case_of(found[0], put), text)
        if text == sentence:
            return sentence
        # A word that was cut may leave a space before the full stop.
        text = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(text.split()))
        return _in_case_of(sentence, text)


def split_lessons(message: str) -> tuple[str, Habits]:
    """Return the message without its lessons, and the habits they show."""
    found = _SECTION.search(message)
    if found is None:
        return message, Habits()
    rest = message[: found.start()] + message[found.end() :]
    return rest, _habits(found["inside"])


def _habits(inside: str) -> Habits:
    parts = _LESSON.split(inside)[1:]
    lessons = list(zip(parts[::3], parts[1::3], parts[2::3], strict=True))
    swaps: dict[str, str] = {}
    left: list[tuple[bool, int]] = []
    short_on: set[str] = set()
    for kind, network, lesson in lessons:
        reason = re.search(r"(?m)^Reason: (.*)$", lesson)
        said = reason[1].lower() if reason else ""
        if "too long" in said or "shorter" in said:
            short_on.add(network)
        if kind != "edited":
            continue
        before = _side(lesson, "Proposed")
        pairs, cut = _matched(before, _side(lesson, "Went out instead"))
        for was, now in pairs:
            for out, put in _exchanges(was, now):
                # Lessons come with the weightiest first.
                swaps.setdefault(out, put)
        is_cut = bool(cut) and before[-1] == cut[-1]
        length = re.search(r"(?m)^Length: \d+ sentences, then (\d+)$", lesson)
        if length:
            left.append((is_cut, int(length[1])))
    return Habits(
        # The longest first, so that no shorter one breaks it up.
        swaps=tuple(sorted(swaps.items(), key=lambda one: -len(one[0]))),
        most_sentences=_most_sentences(left),
        short_on=frozenset(short_on),
    )


def _most_sentences(left: list[tuple[bool, int]]) -> int:
    """Return the number of sentences left where endings are cut.

    It is no habit if the reviewer left longer drafts alone.
    """
    most = max((count for is_cut, count in left if is_cut), default=0)
    agree = sum(count <= most for _, count in left)
    return most if agree >= _OFTEN and 2 * agree > len(left) else 0


def _side(lesson: str, label: str) -> list[str]:
    """Return the sentences of the proposed text, or of the published one."""
    found = re.search(rf"(?m)^{label}:\n((?:^>.*\n?)+)", lesson)
    lines = found[1].splitlines() if found else []
    text = "\n".join(line[1:].strip() for line in lines)
    return [one.strip() for one in _SENTENCE_END.split(text) if one.strip()]


def _matched(before: list[str], after: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the sentences that were edited, and those that were cut."""
    left = [one for one in after if one not in before]
    pairs: list[tuple[str, str]] = []
    cut: list[str] = []
    for was in before:
        if was in after:
            continue
        best = max(left, key=lambda now: _likeness(was, now), default="")
        if best and _likeness(was, best) >= _ALIKE:
            left.remove(best)
            pairs.append((was, best))
        else:
            cut.append(was)
    return pairs, cut


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, _words(one), _words(other), autojunk=False).ratio()


def _exchanges(was: str, now: str) -> Iterator[tuple[str, str]]:
    old, new = _TOKEN.findall(was), _TOKEN.findall(now)
    matcher = SequenceMatcher(None, _words(was), _words(now), autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        out, put = " ".join(old[a:b]), " ".join(new[c:d])
        is_small = b - a <= _MOST_OUT and d - c <= _MOST_IN
        letters = sum(char.isalpha() for char in out)
        is_word = all(word[0].isalnum() for word in old[a:b] + new[c:d])
        is_habit = is_small and is_word and letters >= _LEAST_LETTERS
        if kind in {"replace", "delete"} and is_habit:
            yield out.lower(), put


def _words(text: str) -> list[str]:
    return [token.lower() for token in _TOKEN.findall(text)]


def _in_case_of(model: str, text: str) -> str:
    """Return the text with a capital first letter if the model has one."""
    return text[:1].upper() + text[1:] if model[:1].isupper() else text
