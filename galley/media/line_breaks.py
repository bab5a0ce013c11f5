# ruff: noqa: RUF001 - look-alike letters are what is listed
"""Where the lines of a headline may break, and what each break costs the reader.

The drawing of cards calls it, and ``lettering.typ`` chooses the lines whose breaks cost least;
captions do the same, and the scenes of films ask it where a long sentence may pause.
"""

import re
from itertools import pairwise

FLAW = 2.0
"""The cost of a break that is made only if no other one gives as many lines."""

# Articles, prepositions, conjunctions and pronouns of more than two letters: no sentence pauses
# after them.
_LEANING = {
    language: frozenset(words.split())
    for language, words in {
        "en": """
            the and but for nor yet from with into onto over than that this these those your our
            its his her their who whose which per via about after before under until while when
            where because through between without within upon among against every each what how
            all any are was were has had can will not she they you
        """,
        "de": """
            der die das den dem des ein eine einen einem einer eines und oder aber denn weil
            dass mit von vom zum zur bei aus auf für über unter nach vor seit bis durch gegen
            ohne wie als wenn ihr ihre ihren sein seine unser unsere kein keine keinen wer was
            wir sie ich ist nur sich nicht
        """,
        "fr": """
            les des une aux est pour par sur avec sans sous dans chez vers entre que qui dont
            mais donc son ses leur leurs mon mes nos vos votre notre cette ces plus pas quand
            comme très
        """,
        "es": """
            los las una unos unas del con por para sin sobre entre desde hasta que quien pero
            sus nuestro nuestra este esta muy más cuando como
        """,
        "it": """
            gli una uno del della dei delle nel nella sul sulla dal dalla con per tra fra che
            chi non più come quando suo sua loro questo questa
        """,
        "pt": """
            uma uns umas dos das nos nas pelo pela com por para sem sobre entre desde até que
            quem mas seu sua seus suas este esta muito mais quando como
        """,
        "nl": """
            het een van voor met aan bij uit naar over onder door tot zonder dat die maar als
        """,
        "sv": "och att det den ett som med för från till vid mot utan men när inte",
        "pl": "dla bez nad pod przy przez oraz ale lub jak gdy nie",
        "ru": "для без над под при про через или как что чтобы если это его все",
        "uk": "для без над під при про через або але що щоб якщо цей його",
        "ar": "من في على إلى عن مع أن إن لا ما لم لن أو ثم بل هو هي كل قبل بعد عند بين حتى",
        "he": "של את על אל עם לא כי או גם אם מן בין כל",
    }.items()
}
# Every shorter word leans: one of two letters, or of three in a language without a list.
_ALPHABETIC = frozenset(_LEANING) - {"ar", "he"}
_OPENING = "([{\"'“„‚‘«‹¿¡"
_CLOSING = "”“’\"'»›)」』）"
_LETTERS = re.compile(r"[^\W\d_]+")
_SPACELESS = re.compile(r"[\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\uffef]")
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_NUMBER = re.compile(r"[€$£¥₹#§]?\d[\d.,]*")
_CLAUSE, _SENTENCE = ",;:،؛、，；：", ".!?…؟。！？"
_QUOTED_WORDS = 3  # a quotation of so few words stays on one line, if it can


def costs_of_breaks(text: str, language: str) -> list[float]:
    """Return what a line break costs after each word of a text but the last one.

    Words are parted by spaces. A break after a clause is worth something: its cost is negative.
    """
    words = text.replace("\u200b", "").split(" ")
    costs = [cost_between(before, after, language) for before, after in pairwise(words)]
    for at in range(len(costs)):
        # The first word of a sentence at a line's end, and its last one at a line's beginning.
        if at and (ended := _ending(words[at - 1])):
            costs[at] += FLAW / 2 if ended in _SENTENCE else FLAW / 6
        if at + 2 <= len(costs) and (ends := _ending(words[at + 1])):
            costs[at] += FLAW / 6 if ends in _SENTENCE else FLAW / 16
    for at in _inside_quotations(words):
        costs[at] += FLAW / 4
    return costs


def cost_between(before: str, after: str, language: str) -> float:
    """Return what a line break costs between two words, without those around them."""
    if after[:1] in {"—", "–", "-", "%", "‰"} or leans(before, language):
        return FLAW
    ending = _ending(before)
    return -FLAW / 12 if ending and ending in _SENTENCE else -FLAW / 20 if ending else 0.0


def leans(word: str, language: str) -> bool:
    """Return whether a word belongs to the next one: a preposition, an article, a number."""
    bare, language = word.lstrip(_OPENING), language.lower().partition("-")[0]
    if _NUMBER.fullmatch(bare):
        return bare[-1].isdigit() and not _YEAR.fullmatch(bare)
    # A full stop or a comma after it, and it leans on nothing; an apostrophe is none of these.
    if not _LETTERS.fullmatch(bare) or _SPACELESS.search(bare):
        return False
    short = 2 if language in _ALPHABETIC else 0 if language in _LEANING else 3
    return len(bare) <= short or bare.lower() in _LEANING.get(language, ())


def _ending(word: str) -> str:
    """Return the stop or comma that a word ends with, inside or outside of a closing mark."""
    last = word.rstrip(_CLOSING)[-1:]
    return last if last and last in _CLAUSE + _SENTENCE else ""


def _inside_quotations(words: list[str]) -> list[int]:
    """Return the places of breaks inside quotations of a few words."""
    found, begun = list[int](), None
    for at, word in enumerate(words):
        if word[:1] in set('"“„«‘'):
            begun = at
        if begun is not None and any(mark in word[1:] for mark in '"”“»’'):
            if at - begun < _QUOTED_WORDS:
                found += range(begun, at)
            begun = None
    return found
