"""A reviewer who always wants the same, and articles that never have it."""

import random
import re
from difflib import SequenceMatcher

EXCHANGES = {
    "utilises": "uses",
    "in order to": "to",
    "approximately": "about",
    "numerous": "many",
    "prior to": "before",
    "purchased": "bought",
    "commences": "begins",
    "assists": "helps",
    "basically": "",
    "subsequently": "later",
    "terminated": "ended",
    "facilitates": "eases",
    "sufficient": "enough",
    "demonstrates": "shows",
    "endeavours": "tries",
    "additional": "more",
    "residence": "home",
    "currently": "",
    "ascertains": "finds out",
    "remuneration": "pay",
    "leverages": "uses",
    "methodology": "way",
    "significantly": "",
    "requested": "asked for",
}
"""Words the reviewer takes out, and what is put there."""
MOST_SENTENCES = 2
"""Of a post; the reviewer cuts the rest."""
_TOWNS = (
    *("Alderney", "Brest", "Calais", "Dover", "Esbjerg", "Falmouth", "Gdynia"),
    *("Harlingen", "Ijmuiden", "Kiel", "Lorient", "Malmo"),
)
_SENTENCES = (
    "The harbour of {town} utilises eleven clerks who count {number} tickets a night.",
    "Numerous passengers of the year {year} slept on the pier and not in a berth.",
    "The night ferry commences its season with {number} berths and two cooks.",
    "A second ledger assists the clerks of {town} when the telephone line is cut.",
    "The bank basically paid for {number} berths that nobody ever slept in.",
    "Both ledgers are of green paper in order to look different from any letter.",
    "The first letters of complaint reached the office prior to the end of {year}.",
    "The office purchased {number} lamps for the long pier in the spring of {year}.",
    "Approximately {number} tickets are counted twice on an ordinary weekday.",
    "The old count was terminated in {year} after a storm had taken the roof.",
    "The captain subsequently gave {number} passengers their money back in coins.",
    "A bell on the pier of {town} facilitates the work of captains who arrive early.",
    "One lamp is sufficient for the two clerks, who do not speak while they count.",
    "The second ledger demonstrates which of the {number} tickets were paid twice.",
    "The mayor of {town} endeavours to close the count in the weeks after Easter.",
    "In {year} the company sent {number} additional tickets to the mainland by mail.",
    "The residence of the first clerk stood where the ticket office is now.",
    "The ferry of {town} currently carries {number} letters and four goats a week.",
    "Every morning a third clerk ascertains who of the others made the error.",
    "The remuneration of a clerk in {year} was {number} coins and a winter coat.",
    "The company leverages its two oldest boats for the mail of the islands.",
    "The methodology of the count was copied by {number} harbours in the north.",
    "Errors fell significantly once each of the clerks had a ledger of their own.",
    "In {year} the islands requested {number} blankets for the berths of the ferry.",
)
_END = re.compile(r"(?<=[.!?])\s+|\n+")
_TAIL = re.compile(r"\n\n(?:#\w+ ?)+$")


def article(number: int) -> str:
    """Return an article, the same for a number on every machine."""
    chance = random.Random(number)  # noqa: S311 - articles, not secrets
    town = _TOWNS[number % len(_TOWNS)]
    chosen = chance.sample(_SENTENCES, k=10)
    told = [
        one.format(town=town, year=chance.randint(1890, 1990), number=chance.randint(40, 900))
        for one in chosen
    ]
    body = "\n\n".join(" ".join(told[at : at + 3]) for at in range(0, len(told), 3))
    return f"---\ntitle: The clerks of {town}\n---\n{body}\n"


def edited(text: str) -> str:
    """Return a post as the reviewer lets it out; its hashtags stay."""
    tail = _TAIL.search(text)
    body = text[: tail.start()] if tail else text
    kept = [one for one in _END.split(body) if one.strip()][:MOST_SENTENCES]
    told = "\n\n".join(_plain(one) for one in kept)
    if told == body or _words(told) == _words(body):
        return text
    return told + (tail[0] if tail else "")


def changed(before: str, after: str) -> float:
    """Return the share of a draft's words that did not stay: 0 for none."""
    old, new = _words(before), _words(after)
    found = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return 1 - sum(block.size for block in found) / max(1, len(old))


def _plain(sentence: str) -> str:
    text = sentence
    for word, put in EXCHANGES.items():
        pattern = rf"(?i)\b{word}\b" + ("" if put else r"\s?")
        text = re.sub(pattern, put, text)
    return text[:1].upper() + text[1:]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
