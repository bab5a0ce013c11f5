"""The verbs about records: facts and sources, results, reasons and costs."""

import re
from datetime import UTC, datetime

from pydantic import AwareDatetime, Field

from agents.posts import NO_WORKER, OnePost
from agents.shapes import Id, PostName, Quoted, all_quoted, quoted
from agents.verbs import Caller, verb
from app.posts.views import read_view
from app.records.costs import all_costs, post_costs
from app.records.facts import facts_of, source_of
from app.records.inquiry import advice, inquire
from app.review.inbox import PostSearch, list_inbox
from galley.models.agents import Scope
from galley.models.base import Model
from galley.models.post import PostState
from galley.networks.visible import visible

_MOST = 1000
_PARAGRAPH = re.compile(r"\n{2,}")


class FactLine(Model):
    """One number, date, name or quotation of a draft, and the passage that it rests on."""

    variant: int
    kind: str
    place: str
    words: Quoted
    found_in: str | None = Field(description="Missing: nowhere, so it is a claim.")
    start: int
    end: int
    passage: Quoted | None


class Facts(Model):
    """The facts of a draft."""

    post: Id
    facts: tuple[FactLine, ...]


@verb("GET", "/v1/posts/{post}/facts", Scope.READ)
async def read_facts(caller: Caller, asked: OnePost) -> Facts:
    """List each fact of a draft beside its passage in the source; claims have none."""
    report = await facts_of(caller.connections, asked.post)
    lines = tuple(
        FactLine(
            variant=one.variant,
            kind=one.kind,
            place=one.place,
            words=Quoted(untrusted_text=visible(one.words)),
            found_in=one.origin,
            start=one.start,
            end=one.end,
            passage=quoted(f"{one.before}{one.found}{one.after}" if one.origin else ""),
        )
        for one in report.passages
    )
    return Facts(post=report.view.workflow_id, facts=lines)


class ReadSource(Model):
    """Request of ``read_source``."""

    post: PostName
    start: int = Field(default=0, ge=0, description="The character to begin with.")
    characters: int = Field(default=8000, ge=1, le=40_000)


class SourcePassage(Model):
    """A paragraph of the source, with its place in it, in characters."""

    start: int
    end: int
    text: Quoted


class SourcePart(Model):
    """A part of the source of a post."""

    title: Quoted | None
    author: Quoted | None
    link: Quoted | None
    characters: int = Field(description="Of the whole text.")
    passages: tuple[SourcePassage, ...]
    next_start: int | None = Field(description="Of the next part; missing: this is the last.")


@verb("GET", "/v1/posts/{post}/source", Scope.READ)
async def read_source(caller: Caller, asked: ReadSource) -> SourcePart:
    """Read the source that a post was written from, in passages with their places."""
    document = await source_of(caller.connections, asked.post)
    end = min(len(document.text), asked.start + asked.characters)
    passages: list[SourcePassage] = []
    at = asked.start
    for text in _PARAGRAPH.split(document.text[at:end]):
        begin = document.text.find(text, at, end)
        at = begin + len(text)
        if text.strip():
            said = Quoted(untrusted_text=visible(text))
            passages.append(SourcePassage(start=begin, end=at, text=said))
    return SourcePart(
        title=quoted(document.title),
        author=quoted(document.author),
        link=quoted(document.link),
        characters=len(document.text),
        passages=tuple(passages),
        next_start=end if end < len(document.text) else None,
    )


class ReadResults(Model):
    """Request of ``read_results``."""

    campaign: str = Field(default="", max_length=200, description="Missing: of all campaigns.")
    limit: int = Field(default=20, ge=1, le=50)


class ResultLine(Model):
    """One published post."""

    post: Id
    network: Id
    link: Quoted | None
    sent_at: AwareDatetime | None
    text: Quoted | None


class Results(Model):
    """What was published, the latest first."""

    published: tuple[ResultLine, ...]


@verb("GET", "/v1/results", Scope.READ)
async def read_results(caller: Caller, asked: ReadResults) -> Results:
    """List what was published, with links."""
    search = PostSearch(PostState.PUBLISHED.value, asked.campaign, limit=_MOST)
    rows = (await list_inbox(caller.connections, search)).posts
    rows = sorted(rows, key=lambda row: row.started_at, reverse=True)[: asked.limit]
    client = await caller.connections.temporal()
    lines: list[ResultLine] = []
    for row in rows:
        view = await read_view(client, row.workflow_id)
        draft = view.draft if view else None
        lines.append(
            ResultLine(
                post=row.workflow_id,
                network=row.platform,
                link=quoted(view.external_link if view else None),
                sent_at=view.sent_at if view else None,
                text=quoted("\n\n".join(draft.thread or (draft.text,)) if draft else row.opening),
            )
        )
    return Results(published=tuple(lines))


class HappeningLine(Model):
    """One thing that happened to a post."""

    at: AwareDatetime
    what: Quoted


class Explanation(Model):
    """All that is known of one post, and what can be done about it."""

    post: Id
    state: str
    error: Quoted | None
    notice: Quoted | None
    hindrance: Quoted | None = Field(description="Why a step of it fails again and again.")
    waiting_for: Quoted | None
    happenings: tuple[HappeningLine, ...] = Field(description="The oldest first; the last 100.")
    a_person_can: tuple[Quoted, ...]


@verb("GET", "/v1/posts/{post}/why", Scope.READ)
async def explain_post(caller: Caller, asked: OnePost) -> Explanation:
    """Explain one post: its history, what holds it up, and what a person can do."""
    found = await inquire(caller.connections, asked.post)
    view = found.view
    happened = found.in_order[-100:]
    return Explanation(
        post=found.row.workflow_id,
        state=found.row.shown_state,
        error=quoted(view.error if view else ""),
        notice=quoted(view.notice if view else NO_WORKER),
        hindrance=quoted(found.hindrance),
        waiting_for=quoted(view.waiting_for if view else found.account.waiting_for),
        happenings=tuple(
            HappeningLine(at=_aware(one.at), what=Quoted(untrusted_text=visible(one.what)))
            for one in happened
        ),
        a_person_can=all_quoted(one.why for one in advice(found)),
    )


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


class ReadCosts(Model):
    """Request of ``read_costs``."""

    campaign: str = Field(default="", max_length=200, description="Missing: of all campaigns.")


class CostLine(Model):
    """What one campaign, or one of its posts, cost; micros are millionths of a US dollar."""

    id: Id
    title: Quoted | None
    calls: int
    micros: int
    has_unknown: bool
    published: int


class Costs(Model):
    """Costs, and what is left of today's ceiling, where they are of all campaigns."""

    lines: tuple[CostLine, ...]
    today_micros: int | None = None
    ceiling_micros: int | None = None


@verb("GET", "/v1/costs", Scope.READ)
async def read_costs(caller: Caller, asked: ReadCosts) -> Costs:
    """Show what campaigns, or the posts of one, cost, and what is left of today's ceiling."""
    if asked.campaign:
        rows, today = await post_costs(caller.connections, asked.campaign), None
    else:
        report = await all_costs(caller.connections)
        rows, today = report.campaigns, report.today
    lines = tuple(
        CostLine(
            id=row.id,
            title=quoted(row.title),
            calls=row.calls,
            micros=row.micros,
            has_unknown=row.has_unknown,
            published=row.published,
        )
        for row in rows
    )
    return Costs(
        lines=lines,
        today_micros=today.taken_micros if today else None,
        ceiling_micros=today.ceiling_micros if today else None,
    )
