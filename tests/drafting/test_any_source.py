"""Whatever the source: its own sentences are given, and a change of them is not."""

from datetime import date

from hypothesis import assume, given
from hypothesis import strategies as st

from galley.drafting.facts import FactFinder, grounds_of
from galley.models.draft import Draft, FactOrigin

_LANGUAGES = st.sampled_from(["en", "de", "fr", "ru", "ja", "tr", ""])
_NAMES = ("Maria Lind", "Bergen", "Karl Brandt", "Анна Петрова", "Ελένη", "Øystein")
_OTHERS = ("Peter Holm", "Tromsø", "Nils Aaker", "Ирина Волкова", "Σοφία", "Åse")
_SAID = ("we never wanted to charge anyone twice", "nobody had asked us about it before")
_ANYTHING = st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=80)
_DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31))


def claims(sentences: list[str], source: str, language: str = "en") -> list[str]:
    grounds = grounds_of(((FactOrigin.SOURCE, source),), language)
    text = "\n\n".join(sentences)
    facts = FactFinder(grounds).facts(Draft(text=text))
    return [text[fact.start : fact.end] for fact in facts if fact.is_claim]


@st.composite
def sentences(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(_NAMES))
    figure = draw(st.integers(10, 9_999_999))
    written = draw(st.sampled_from(["{}", "{:,}", "{}%", "{:,} million", "\u20ac{:,}"]))
    day = draw(_DAYS)
    dated = draw(st.sampled_from(["%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%d.%m.%Y"]))
    said = draw(st.sampled_from(_SAID))
    opens, closes = draw(st.sampled_from(["\u201c\u201d", "\u00ab\u00bb", '""']))
    return (
        f"It is {name} who counted {written.format(figure)} on {day.strftime(dated)}: "
        f"{opens}{said}{closes}."
    )


@given(st.lists(sentences(), min_size=1, max_size=4), _LANGUAGES)
def test_sentences_of_the_source_hold_no_claim(said: list[str], language: str) -> None:
    assert claims(said, " ".join(reversed(said)), language) == []


@given(st.lists(_ANYTHING, min_size=1, max_size=6), _LANGUAGES)
def test_lines_of_any_source_hold_no_claim(lines: list[str], language: str) -> None:
    assert claims(lines, "\n\n".join(reversed(lines)), language) == []


@given(sentences(), st.integers(10, 9_999_999), st.integers(0, 6), st.integers(1, 9))
def test_a_changed_digit_is_found(said: str, figure: int, at: int, by: int) -> None:
    digits = str(figure)
    at %= len(digits)
    changed = f"{digits[:at]}{(int(digits[at]) + by) % 10}{digits[at + 1 :]}"
    assume(not changed.startswith("0") and changed not in said.replace(",", ""))

    source = f"{said} They had {digits} boats."

    assert claims([f"They had {digits} boats."], source) == []
    assert claims([f"They had {changed} boats."], source) == [changed]


@given(sentences(), _DAYS, _DAYS)
def test_a_changed_day_is_found(said: str, day: date, other: date) -> None:
    written = f"{other:%-d %B %Y}"
    assume(other != day and written not in said)
    source = f"It opened on {day:%Y-%m-%d}."

    assert claims([f"It opened on {day:%-d %B %Y}."], source) == []
    assert claims([f"It opened on {written}."], source) == [written]


@given(sentences(), st.sampled_from(_OTHERS))
def test_a_swapped_name_is_found(said: str, other: str) -> None:
    (name,) = (one for one in _NAMES if one in said)

    assert claims([said.replace(name, other)], said) == [other]


@given(sentences(), st.integers(0, 40), st.sampled_from(["always", "nothing", "boats"]))
def test_an_altered_quotation_is_found(said: str, at: int, word: str) -> None:
    (quoted,) = (one for one in _SAID if one in said)
    words = quoted.split()
    words[at % len(words)] = word
    altered = said.replace(quoted, " ".join(words))

    (claim,) = claims([altered], said)
    assert claim[1:-1] == " ".join(words)
