"""The words of a changed draft, held to its source and to its brand."""

from activities.drafting.assembly import grounds_for
from activities.drafting.draft_sets import Material
from galley.drafting.facts import claims_in, finder_for, texts_of
from galley.drafting.persona import persona_problems
from galley.drafting.sanitizer import ungiven
from galley.models.draft import CheckDraft, Draft, Fact, Problem

_LONGEST_LIST = 300
_OF_AN_EDIT = "Approve it only if you know it to be right."


def held_to_source(
    task: CheckDraft, draft: Draft, material: Material
) -> tuple[tuple[Problem, ...], tuple[Fact, ...]]:
    """Return the problems of changed words beside the network's rules, and their facts.

    Nothing is taken out. A fact without a place in the source is a claim: of a person's edit, one
    that names the editor, for whoever approves it. An agent gives nothing: its links and accounts
    are problems with which the draft cannot be approved.
    """
    options, link = task.options, task.source.link if task.source else None
    grounds = grounds_for(
        material.document,
        material.persona,
        brief="" if options.review.started_by_agent else options.brief,
        # The address of the source is given; the network's rules put it into drafts, too.
        note=task.note if task.editor else link or "",
    )
    finder = finder_for(grounds)
    facts = finder.facts(draft, numbered=options.posting.numbered)
    if task.editor:
        return tuple(
            one.model_copy(update={"message": f"In the edit of {task.editor}: {one.message}"})
            for one in claims_in(draft, facts, _OF_AN_EDIT)
        ), facts
    found = [word for _, text in texts_of(draft) for word in ungiven(text, grounds)]
    problems: list[Problem] = []
    if found:
        named = ", ".join(dict.fromkeys(found))[:_LONGEST_LIST]
        message = f"An agent put in what neither source nor author gave: {named}. Edit it out."
        problems.append(Problem(rule="ungiven", message=message))
    claims = (*claims_in(draft, facts), *persona_problems(material.persona, draft))
    return (*problems, *claims), facts
