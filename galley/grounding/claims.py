"""Claims, the facts that nobody gave, as problems that a person and the writer read."""

from collections.abc import Iterator, Sequence

from galley.grounding.facts import texts_of
from galley.models import Draft, Fact, FactKind, Problem

_MOST, _LONGEST = 8, 80
_SAID = {
    FactKind.NUMBER: ("figures_from_source", "Leave such figures out."),
    FactKind.DATE: ("dates_from_source", "Leave such dates out."),
    FactKind.NAME: ("names_from_source", "Leave such names out."),
    FactKind.QUOTATION: (
        "quotations_from_source",
        "Quote word for word, or without quotation marks.",
    ),
}


def claims_in(draft: Draft, facts: Sequence[Fact]) -> Iterator[Problem]:
    """Yield one problem for each kind of claim, with the words of the draft."""
    texts = dict(texts_of(draft))
    for kind, (rule, remedy) in _SAID.items():
        claims = [fact for fact in facts if fact.kind is kind and fact.is_claim]
        if claims:
            words = dict.fromkeys(_words(texts, claim) for claim in claims)
            named = ", ".join([*words][:_MOST])
            more = f" and {len(words) - _MOST} more" if len(words) > _MOST else ""
            message = f"Not in the source: {named}{more}. {remedy}"
            yield Problem(rule=rule, message=message, is_claim=True)


def _words(texts: dict[str, str], claim: Fact) -> str:
    words = " ".join(texts[claim.place][claim.start : claim.end].split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}\u2026"
