"""Several drafts out of one answer, each held to the same rules."""

from collections.abc import Sequence

from activities.drafting.draft_assembly import DraftAssembly
from galley.clients.anthropic import DraftAnswer, PostAnswer
from galley.models import Problem, Variant


def variants_of(
    answer: DraftAnswer, assembly: DraftAssembly, count: int
) -> tuple[Variant, ...]:
    """Return at most ``count`` drafts, the first of them from the answer's own fields.

    An alternative that is empty, or says what another one says, is none.
    """
    found: dict[tuple[str, ...], Variant] = {}
    others = [one for one in answer.alternatives if _says_something(one)]
    said: list[PostAnswer] = [answer, *others]
    for one in said[: max(1, count)]:
        draft = assembly.draft(one)
        words = draft.thread or (draft.text,)
        if words not in found:
            facts = assembly.facts(draft)
            problems = assembly.problems(draft, facts)
            found[words] = Variant(draft=draft, problems=problems, facts=facts)
    return tuple(found.values())


def _says_something(answer: PostAnswer) -> bool:
    return any(text.strip() for text in (answer.body, *answer.thread))


def mended(before: Sequence[Variant], again: Sequence[Variant]) -> tuple[Variant, ...]:
    """Return, of each variant, the version that breaks fewer rules; at par the later.

    What a second answer leaves out stands as it was.
    """
    pairs = zip(before, again, strict=False)
    better = [b if _weight(b) <= _weight(a) else a for a, b in pairs]
    return (*better, *before[len(better) :], *again[len(before) :])


def fitting_first(variants: Sequence[Variant]) -> tuple[Variant, ...]:
    """Return them with those that fit first: without a pick the first one is meant."""
    return tuple(sorted(variants, key=lambda one: tuple(map(bool, _weight(one)))))


def _weight(variant: Variant) -> tuple[int, int]:
    """Rules weigh more than claims, which a person may approve."""
    misfits = sum(not problem.is_claim for problem in variant.problems)
    return misfits, len(variant.problems)


def numbered_problems(variants: Sequence[Variant]) -> tuple[Problem, ...]:
    """Return all problems; with several variants each says whose it is."""
    if len(variants) == 1:
        return variants[0].problems
    return tuple(
        problem.model_copy(update={"message": f"Variant {number}: {problem.message}"})
        for number, variant in enumerate(variants, 1)
        for problem in variant.problems
    )
