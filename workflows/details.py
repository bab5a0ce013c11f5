"""Markdown that the Temporal UI shows of a post, an account and a voice."""

import re

from galley.models.account import Pause
from galley.models.brand import VoiceView
from galley.models.draft import Draft, Fact, Problem, Provenance, tally
from galley.models.post import PostState, PostView
from galley.models.proof import Proof
from galley.models.publishing import RateWindow
from galley.publishing.job.pauses import cause_sentence
from galley.redaction import terminal_safe
from galley.review.decisions import by_hand, may_be_approved
from galley.review.proof import particulars, proof_of

_DAY = 86_400
_IGNORED_SHOWN = 3
# All that Markdown gives a meaning, HTML and entities included.
_SYNTAX = re.compile(r"([\\`*_{}\[\]<>#+=\-!|~&])")


def post_details(view: PostView) -> str:
    """Return the state of a post, its draft, and how to decide from the UI."""
    where = f"{view.platform} · {literal(view.channel_name)}"
    variants = _variants(view)
    proof = proof_of(view)
    # What is said below of variant 1 is not said twice.
    current = None if view.proposal else proof
    is_said = bool(variants) and view.problems == view.variants[0].problems
    parts = [
        f"**{view.state}** · {where} · revision {view.revision}",
        f"Waiting for: {literal(view.waiting_for)}" if view.waiting_for else "",
        f"**{literal(view.error)}**" if view.error else "",
        literal(view.notice),
        f"Asked of Buffer: {view.change.kind} by {literal(view.change.by)}" if view.change else "",
        *_problems(() if is_said else view.problems),
        *(variants or [_draft(view.draft, view.provenance, current), _facts(view.facts)]),
        _proposal(view, proof),
        "" if variants else _leaves(proof, (view.proposal or view).draft),
        f"Due {view.due_at:%Y-%m-%d %H:%M:%S %Z}" if view.due_at else "",
        f"Buffer post `{view.buffer_post_id}`" if view.buffer_post_id else "",
        *(f"[{asset.kind}]({asset.url})" for asset in view.media),
        *(f"Media: {literal(note)}" for note in view.media_notes),
        *(f"Ignored: {literal(one.line)}" for one in view.ignored[-_IGNORED_SHOWN:]),
        _how_to_decide(view, proof),
    ]
    return "\n\n".join(part for part in parts if part)


def account_details(
    waiting_for: str, windows: tuple[RateWindow, ...], pauses: tuple[Pause, ...]
) -> str:
    """Return the pauses of an account, what it waits for, and the quota used."""

    def span(seconds: int) -> str:
        if seconds > _DAY:
            return f"{seconds // _DAY} days"
        hours, rest = divmod(seconds, 3600)
        return f"{hours} hours" if hours and not rest else f"{seconds // 60} minutes"

    used = "\n".join(
        f"- {w.limit - w.remaining} of {w.limit} calls in {span(w.seconds)}" for w in windows
    )
    parts = [*map(_paused, pauses), f"Waiting for: {waiting_for}", used]
    return "\n\n".join(parts)


def voice_details(view: VoiceView) -> str:
    """Return the number of lessons of a voice, and the last few."""
    last = view.lessons[-5:][::-1]
    lines = [
        f"- {one.kind} · {one.platform} · {one.learned_at:%Y-%m-%d %H:%M %Z}"
        f"{': ' if one.reason else ''}{literal(one.reason)}"
        for one in last
    ]
    return "\n".join([f"**{len(view.lessons)} lessons** {literal(view.name)}", "", *lines])


def _paused(pause: Pause) -> str:
    scope = pause.scope
    named = {
        "platform": scope.platform,
        "channel": scope.channel_id,
        "campaign": scope.campaign_key,
    }
    what = ", ".join(f"{name} {value}" for name, value in named.items() if value)
    when = f" since {pause.at:%Y-%m-%d %H:%M:%S %Z}" if pause.at else ""
    note = f": {pause.note}" if pause.note else ""
    why = f" {sentence}" if (sentence := cause_sentence(pause)) else ""
    pulled = "; what Buffer had is pulled back" if pause.pull_back else ""
    said = f"Paused: {what or 'everything'}, by {pause.by}{when}{note}{pulled}.{why}"
    return f"**{literal(said)}**"


def literal(text: str) -> str:
    """Return text from outside, escaped for Markdown."""
    # A draft could otherwise load a picture from a stranger's server in the reviewer's
    # browser, or look like a part of the page. A browser hides what a terminal hides.
    return _SYNTAX.sub(r"\\\1", terminal_safe(text))


def _draft(draft: Draft | None, provenance: Provenance | None, proof: Proof | None = None) -> str:
    if draft is None:
        return ""
    texts = proof or draft
    items = texts.thread or (texts.text,)
    quoted = "\n\n---\n\n".join(_quote(item) for item in items)
    title = f"### {literal(texts.title)}\n\n" if texts.title else ""
    drafter = f"\n\n*Drafter: {literal(provenance.drafter)}*" if provenance else ""
    if provenance and provenance.variant:
        drafter += f", variant {provenance.variant} of {provenance.variants} picked"
    if provenance and provenance.angle:
        drafter += f"\n\nAngle: {literal(provenance.angle)}. {literal(provenance.reason)}"
    slides = "".join(
        f"\n\n{number}. **{literal(one.title)}** {literal(one.text)}"
        for number, one in enumerate(draft.slides, 1)
    )
    return f"{title}{quoted}{slides}{drafter}"


def _variants(view: PostView) -> list[str]:
    """Return the numbered drafts to pick from; empty if there is no choice."""
    if view.state is not PostState.IN_REVIEW:
        return []
    parts: list[str] = []
    for number, one in enumerate(view.variants, 1):
        parts += [f"**Variant {number}**", *_problems(one.problems)]
        proof = proof_of(view, number)
        words = _draft(one.draft, None, proof)
        parts += [words, _facts(one.facts), _leaves(proof, one.draft)]
        if one.draft.headline:
            parts.append(f"Card: {literal(one.draft.headline)}")
    return parts


def _problems(problems: tuple[Problem, ...]) -> list[str]:
    return [f"- **{one.label}:** {literal(one.message)}" for one in problems]


def _facts(facts: tuple[Fact, ...]) -> str:
    return f"Facts: {tally(facts)}" if facts else ""


def _proposal(view: PostView, proof: Proof | None) -> str:
    if view.proposal is None:
        return ""
    problems = "".join(f"\n{line}" for line in _problems(view.proposal.problems))
    words = _draft(view.proposal.draft, view.proposal.provenance, proof)
    return f"**Proposed as revision {view.revision}:**{problems}\n\n{words}"


def _leaves(proof: Proof | None, draft: Draft | None) -> str:
    """Return all that leaves beside the text, with its digest."""
    if proof is None or draft is None:
        return ""
    lines = [f"- {name}: {literal(value)}" for name, value in particulars(proof, draft.board)]
    return "\n".join([*lines, f"- Digest `{proof.digest}`"])


def _quote(text: str) -> str:
    return "\n".join(f"> {literal(line)}  " for line in text.split("\n"))


def _how_to_decide(view: PostView, proof: Proof | None) -> str:
    if may_be_approved(view):
        signals = "`approve` or `reject` (`edit` and `regenerate` too)"
        pick = (view.picked or 1) if view.variants else None
        given = by_hand(view, proof.digest if proof else "", pick)
    elif view.state is PostState.ERROR:
        signals, given = "`redrive` or `retract`", '{"by": "your name"}'
    else:
        return ""
    return (
        "To decide from here: *More Actions*, *Send a Signal*, "
        f"{signals}, with the input `{given}`."
    )
