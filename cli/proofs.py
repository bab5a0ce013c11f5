"""The proof of a post: the text that its reviewer reads, in ``show`` and in the demo.

Plain text: nothing of it is taken for markup, or obeyed by a terminal.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cli.phrases import change_words, local
from galley.budget.prices import dollars
from galley.models.draft import Draft, Problem, Provenance, tally
from galley.models.media import MediaMaker, size_words
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.proof import Proof
from galley.models.review import ChangeKind, ChangeRequest, Decision, DecisionKind
from galley.networks.checks import check_text
from galley.redaction import terminal_safe
from galley.review.changes import STAYS_OUT
from galley.review.decisions import by_hand, may_be_approved
from galley.review.proof import particulars, proof_of
from galley.review.proposals import agents_of

_PROPOSED = {
    DecisionKind.EDIT: "other words or media",
    DecisionKind.REGENERATE: "a new draft",
    ChangeKind.RESCHEDULE: "another time",
}
"""What agents propose; they send nothing else."""
_ABOUT_DRAFTERS = {
    "extractive": " (sentences of the source, no model; set ANTHROPIC_API_KEY)",
    "recorded": " (a model wrote it once, for this article; set ANTHROPIC_API_KEY for yours)",
}
"""Of the local stack, which works without a key."""
_OWN_PICTURES = (MediaMaker.SOURCE, MediaMaker.ATTACHED)
"""Makers that show no words of Galley."""


@dataclass(frozen=True)
class _Reader:
    """The person who reads a proof: what they call the post, and how they decide on it."""

    called: str
    is_asked: bool
    is_by_hand: bool


def proof(
    view: PostView, *, name: str = "", is_asked: bool = False, is_by_hand: bool = False
) -> str:
    """Return the whole draft, or its variants, and the facts that a decision needs.

    Args:
        view: The post.
        name: What the person calls it; its ID if nothing.
        is_asked: Whether the person is asked right after it, and needs no command to approve.
        is_by_hand: Whether they decide without a worker, or by Temporal: digests and the lines
            to paste are shown too.
    """
    reader = _Reader(name or view.workflow_id, is_asked, is_by_hand)
    head = (
        f"{view.platform} · {view.channel_name} · {view.state} "
        f"· revision {view.revision}\n{view.workflow_id}"
    )
    drafts = list(_variants(view, reader)) or [
        _body(view.draft if view.proposal else proof_of(view))
    ]
    notes = "\n".join(_notes(view, reader))
    parts = [head, *drafts, notes, *_proposed(view, reader)]
    return terminal_safe("\n\n".join(part for part in parts if part))


def _body(draft: Draft | Proof | None) -> str:
    if draft is None:
        return ""
    items = draft.thread or (draft.text,)
    texts = [
        item
        # A numbered thread says it in its own words.
        if len(items) == 1 or item.endswith(f"{number}/{len(items)}")
        else f"[{number}/{len(items)}] {item}"
        for number, item in enumerate(items, 1)
    ]
    whole = "\n\n".join([draft.title, *texts] if draft.title else texts)
    return "\n".join(f"    {line}".rstrip() for line in whole.splitlines())


def _is_choice(view: PostView) -> bool:
    """Whether a person may pick one of several drafts now."""
    return view.state is PostState.IN_REVIEW and bool(view.variants)


def _variants(view: PostView, reader: _Reader) -> Iterator[str]:
    """Yield each draft that may be picked, with its number and its problems."""
    for number, one in enumerate(view.variants if _is_choice(view) else (), 1):
        yield f"Variant {number} of {len(view.variants)}:\n\n{_body(proof_of(view, number))}"
        facts = [f"Facts: {tally(one.facts)}"] if one.facts else []
        notes = (*_fields(one.draft, view), *facts, *_problems(one.problems))
        yield "\n".join((*notes, *_leaves(view, one.draft, reader, number)))


def _proposed(view: PostView, reader: _Reader) -> Iterator[str]:
    if view.proposal is None:
        return
    yield "Proposed, and not approved yet: until then, the draft above stands."
    yield _body(proof_of(view) or view.proposal.draft)
    media = (f"Media: {note}" for note in view.proposal.media_notes)
    fields = _fields(view.proposal.draft, view)
    found = proof_of(view)
    when = [f"Goes out: {_when(found)}"] if found else []
    told = (*fields, *media, *_problems(view.proposal.problems), *when)
    yield "\n".join((*told, *_leaves(view, view.proposal.draft, reader)))


def _leaves(
    view: PostView, draft: Draft, reader: _Reader, pick: int | None = None
) -> Iterator[str]:
    """Yield all that leaves beside text and time, and the lines that approve it."""
    yield from _particulars(view, draft, reader, pick)
    yield from _approval(view, reader, pick)


def _particulars(
    view: PostView, draft: Draft, reader: _Reader, pick: int | None = None
) -> Iterator[str]:
    found = proof_of(view, pick)
    if found is None:
        return
    for name, value in particulars(found, draft.board, with_hashes=reader.is_by_hand):
        if name == "Goes out" or (name == "Channel" and not reader.is_by_hand):
            continue  # the time is told once, and the head names the channel
        yield f"{name}: {value}"
    if reader.is_by_hand:
        yield f"Digest: {found.digest}"


def _approval(view: PostView, reader: _Reader, pick: int | None = None) -> Iterator[str]:
    found = proof_of(view, pick)
    if found is None or reader.is_asked or not may_be_approved(view):
        return
    command = f"galley approve {reader.called}{f' --pick {pick}' if pick else ''}"
    if not reader.is_by_hand:
        yield f"To approve it: {command}"
        return
    yield f"To approve it: {command} --digest {found.digest}"
    said = by_hand(view, found.digest, pick)
    yield f"By hand: temporal workflow signal -w {view.workflow_id} --name approve --input '{said}'"


def _problems(problems: tuple[Problem, ...]) -> Iterator[str]:
    return (f"{problem.label}: {problem.message}" for problem in problems)


def _notes(view: PostView, reader: _Reader) -> Iterator[str]:
    if view.provenance is not None:
        yield from _provenance(view.provenance, view.platform)
    if view.draft is not None and not _is_choice(view):
        yield from _fields(view.draft, view)
        if not view.proposal:
            yield from _particulars(view, view.draft, reader)
    yield from _media(view, reader)
    found = None if view.state.is_final or view.proposal else proof_of(view)
    told = {
        "Goes out": _when(found) if found else "",
        "Due": "" if found or view.state in STAYS_OUT else local(view.due_at),
        "Buffer post": view.buffer_post_id,
        "Published": view.external_link,
    }
    yield from (f"{name}: {value}" for name, value in told.items() if value)
    if view.facts and not _is_choice(view):
        yield f"Facts: {tally(view.facts)}"
    # The problems of the first variant stand under it already.
    if not _is_choice(view) or view.problems != view.variants[0].problems:
        yield from _problems(view.problems)
    stands = {
        "Error": view.error,
        "Notice": view.notice,
        "Asked of Buffer, not confirmed yet": change_words(view.change) if view.change else "",
        "Waiting for": view.waiting_for,
    }
    yield from (f"{name}: {value}" for name, value in stands.items() if value)
    if view.draft is not None and not (_is_choice(view) or view.proposal):
        yield from _approval(view, reader)
    yield from map(_by_agent, agents_of(view))
    yield from (f"Ignored: {ignored.line}" for ignored in view.ignored)


def _when(found: Proof) -> str:
    """Return when it goes out, in the person's own time zone."""
    return found.when if found.delivery.save_to_draft else local(found.due_at) or found.when


def _by_agent(said: Decision | ChangeRequest) -> str:
    model = said.agent.model if said.agent else ""
    note = f": {said.note}" if said.note else ""
    return f"Agent: {said.by} ({model or 'no model named'}) proposed {_PROPOSED[said.kind]}{note}"


def _provenance(by: Provenance, platform: Platform) -> Iterator[str]:
    """Yield who wrote the draft, from which lessons, at what cost."""
    yield f"Drafter: {by.drafter}{_ABOUT_DRAFTERS.get(by.drafter, '')}"
    if by.angle:
        others = "".join(f" · or: {other}" for other in by.other_angles)
        yield f"Angle: {by.angle}{others}"
    if by.reason:
        yield f"Why this draft: {by.reason}"
    if used := by.lessons:
        command = f"galley voice show --used {used} --platform {platform}"
        yield f"Lessons: {used} ({command})"
    if by.variant:
        yield f"Picked: variant {by.variant} of {by.variants}"


def _fields(draft: Draft, view: PostView) -> Iterator[str]:
    """Yield the lengths of a draft, as its network counts, and its fields beside the text."""
    reports = [check_text(view.platform, item) for item in draft.thread or (draft.text,)]
    lengths = ", ".join(str(report.length) for report in reports)
    yield f"Length: {lengths} of {reports[0].limit} {reports[0].measured}"
    for number, slide in enumerate(draft.slides, 1):
        words = " / ".join(filter(None, (slide.title, slide.text)))
        yield f"Slide {number}: {words}"
    has_media = view.staged or view.media or view.is_making_media
    if draft.headline and has_media and view.media_by not in _OWN_PICTURES:
        yield f"Card: {draft.headline}"


def _media(view: PostView, reader: _Reader) -> Iterator[str]:
    for origin in (one.origin for one in view.staged if one.origin):
        yield (
            f"Generated by: {origin.model} (version {origin.version[:12]}, prediction "
            f"{origin.prediction_id}, prompt {origin.prompt}), for at most "
            f"{dollars(origin.cost_micros)}"
        )
    if view.media:
        yield from (f"Media: {asset.url} ({asset.mime})" for asset in view.media)
        yield from (f"Media: {note}" for note in view.media_notes)
        return
    # Media are made for the first variant alone until one is picked.
    name = f"Media of variant {view.picked or 1}" if _is_choice(view) else "Media"
    for asset in view.staged:
        size = f"{asset.width}x{asset.height}, {size_words(asset.size)}"
        where = f"{asset.staged_as}, " if reader.is_by_hand else ""
        yield f"{name}: {where}{asset.mime}, {size}, private until approved"
    if view.staged:
        yield f"To see it: galley show {reader.called} --open"
    yield from (f"{name}: {note}" for note in view.media_notes)
