"""A post as a person reads it: plain text, nothing in it is taken for markup."""

from collections.abc import Iterator
from datetime import datetime

from galley.budget.prices import dollars
from galley.models.draft import Draft, Problem, Provenance, tally
from galley.models.media import Origin
from galley.models.network import Platform, carried_words
from galley.models.post import PostState, PostView
from galley.models.review import ChangeKind, ChangeRequest
from galley.networks.checks import check_text
from galley.redaction import terminal_safe

_EXTRACTIVE = "extractive"


def proof(view: PostView) -> str:
    """Return the whole draft, with what a reviewer has to know about it."""
    head = (
        f"{view.platform} · {view.channel_name} · {view.state} "
        f"· revision {view.revision}\n{view.workflow_id}"
    )
    drafts = list(_variants(view)) or [_body(view.draft)]
    parts = [head, *drafts, "\n".join(_notes(view)), *_proposed(view)]
    return clean("\n\n".join(part for part in parts if part))


def local(instant: datetime | None) -> str:
    """Return an instant in the person's own time zone."""
    return f"{instant.astimezone():%Y-%m-%d %H:%M:%S %Z}" if instant else ""


def clean(text: str) -> str:
    """Return the text with what a terminal would obey or hide written out."""
    return terminal_safe(text)


def _body(draft: Draft | None) -> str:
    if draft is None:
        return ""
    items = draft.thread or (draft.text,)
    texts = [
        f"[{number}/{len(items)}] {item}" if len(items) > 1 else item
        for number, item in enumerate(items, 1)
    ]
    whole = "\n\n".join([draft.title, *texts] if draft.title else texts)
    return "\n".join(f"    {line}".rstrip() for line in whole.splitlines())


def is_choice(view: PostView) -> bool:
    """Whether a person may pick one of several drafts now."""
    return view.state is PostState.IN_REVIEW and bool(view.variants)


def _variants(view: PostView) -> Iterator[str]:
    """Yield each draft that may be picked, with its number and its problems."""
    if not is_choice(view):
        return
    for number, one in enumerate(view.variants, 1):
        yield f"Variant {number} of {len(view.variants)}:\n\n{_body(one.draft)}"
        facts = [f"Facts: {tally(one.facts)}"] if one.facts else []
        length = f"Length: {_length(one.draft, view.platform)}"
        notes = (*_fields(one.draft), *facts, *_problems(one.problems))
        yield "\n".join((length, *notes))


def _proposed(view: PostView) -> Iterator[str]:
    if view.proposal is None:
        return
    yield "Proposed, and not approved yet: until then the above stands."
    yield _body(view.proposal.draft)
    length = _length(view.proposal.draft, view.platform)
    fields = _fields(view.proposal.draft)
    notes = (f"Media: {note}" for note in view.proposal.media_notes)
    problems = (*notes, *_problems(view.proposal.problems))
    yield "\n".join([f"Length: {length}", *fields, *problems])


def _problems(problems: tuple[Problem, ...]) -> Iterator[str]:
    return (f"{problem.label}: {problem.message}" for problem in problems)


def change_words(request: ChangeRequest) -> str:
    """Return a change in a few words: what is wanted, by whom, and why."""
    to = {
        ChangeKind.RESCHEDULE: f" to {local(request.due_at) or request.mode}",
        ChangeKind.MOVE: f" to the {request.position} of the queue",
    }.get(request.kind, "")
    note = f": {request.note}" if request.note else ""
    return f"{request.kind}{to}, by {request.by}{note}"


def _notes(view: PostView) -> Iterator[str]:
    if view.provenance is not None:
        yield f"Drafter: {_drafter(view.provenance.drafter)}"
        if used := view.provenance.lessons:
            command = f"starter.py voice show --used {used} --platform {view.platform}"
            yield f"Lessons: {used} (uv run {command})"
        if view.provenance.notice:
            yield f"Cost: {view.provenance.notice}"
        if view.provenance.variant:
            yield f"Picked: {picked_words(view.provenance)}"
    if view.draft is not None and not is_choice(view):
        yield f"Length: {_length(view.draft, view.platform)}"
        yield from _fields(view.draft)
    yield from _media(view)
    told = {
        "Due": local(view.due_at),
        "Buffer post": view.buffer_post_id,
        "Published": view.external_link,
    }
    yield from (f"{name}: {value}" for name, value in told.items() if value)
    if view.facts and not is_choice(view):
        yield f"Facts: {tally(view.facts)}"
    if not is_choice(view) or view.problems != view.variants[0].problems:
        yield from _problems(view.problems)
    yield from _decision_lines(view)
    yield from (f"Ignored: {ignored}" for ignored in view.ignored)


def picked_words(provenance: Provenance) -> str:
    """Return which variant was picked, in words."""
    return f"variant {provenance.variant} of {provenance.variants}"


def _decision_lines(view: PostView) -> Iterator[str]:
    """Yield how things stand: what went wrong, what was asked, what is waited for."""
    if view.error:
        yield f"Error: {view.error}"
    if view.notice:
        yield f"Notice: {view.notice}"
    if view.change:
        yield f"Asked of Buffer, not confirmed yet: {change_words(view.change)}"
    if view.waiting_for:
        yield f"Waits for: {view.waiting_for}"


def _length(draft: Draft, platform: Platform) -> str:
    """Return how long each item is, the way its network counts."""
    reports = [check_text(platform, item) for item in draft.thread or (draft.text,)]
    lengths = ", ".join(str(report.length) for report in reports)
    counted_as = reports[0].counted_as.partition(":")[0]
    return f"{lengths} of {reports[0].limit} ({counted_as})"


def _drafter(name: str) -> str:
    if name == _EXTRACTIVE:
        return "extractive (sentences of the source, no model; set ANTHROPIC_API_KEY)"
    return name


def _fields(draft: Draft) -> Iterator[str]:
    for number, slide in enumerate(draft.slides, 1):
        words = " / ".join(filter(None, (slide.title, slide.text)))
        yield f"Slide {number}: {words}"
    named = {
        "Link": draft.link,
        "Board": draft.board,
        "Card": draft.headline,
        "Alt text": draft.alt_text,
    }
    yield from (f"{name}: {value}" for name, value in named.items() if value)
    if carried := carried_words(draft.extras):
        yield f"Carries: {'; '.join(carried)}"


def _origin(origin: Origin) -> str:
    return (
        f"Generated by: {origin.model} (version {origin.version[:12]}, prediction "
        f"{origin.prediction_id}, prompt {origin.prompt}), for at most "
        f"{dollars(origin.cost_micros)}"
    )


def _media(view: PostView) -> Iterator[str]:
    yield from (_origin(one.origin) for one in view.staged if one.origin)
    if view.media:
        yield from (f"Media: {asset.url} ({asset.mime})" for asset in view.media)
        yield from (f"Media: {note}" for note in view.media_notes)
        return
    name = "Media of variant 1" if is_choice(view) else "Media"
    for asset in view.staged:
        size = f"{asset.width}x{asset.height}, {asset.size // 1024} KiB"
        told = f"{asset.staged_as} ({asset.mime}, {size})"
        yield f"{name}: {told}, private until approved"
    yield from (f"{name}: {note}" for note in view.media_notes)
