"""The whole trial of ``doctor``: reads, refusals and drafts, one finding after the other."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime

from galley.clients.buffer.answers import WINDOWS
from galley.clients.buffer.connection import RawAnswer
from galley.clients.buffer.trial.account import (
    ANSWERED,
    BEYOND_DRAFTS,
    Finding,
    TrialAccount,
    finding,
    unchecked,
)
from galley.clients.buffer.trial.drafts import EDITS, items_are_made_once, the_life_of_a_draft
from galley.models.account import ReadLimits
from galley.models.network import Platform
from galley.networks.registry import rules_for

_ALIASES = 31
_PAGE = 101
_NOBODY = "0" * 24
_OK = 200
_BAD_REQUEST = 400
_POSTS = """
query Page($input: PostsInput!, $first: Int!) {
  posts(input: $input, first: $first) { edges { node { id } } }
}
"""
_PLAIN = "query Plain { account { id } }"


async def windows_are_told(trial: TrialAccount) -> Finding:
    """Look for the three rate windows on an ordinary answer."""
    answer = await trial.client.look(_PLAIN, {})
    seen = {window.seconds: window for window in answer.windows}
    told = ", ".join(
        f"{seen[seconds].remaining} of {seen[seconds].limit} left in {name}"
        for seconds, name in WINDOWS.items()
        if seconds in seen
    )
    return finding(
        "Each answer tells what is left of the three rate windows",
        told or "no RateLimit headers could be read",
        holds=seen.keys() == WINDOWS.keys(),
    )


async def limits_come_at_once(trial: TrialAccount) -> Finding:
    """Ask for the limits of plan and day, and the posts that wait, in one request."""
    assumption = "Limits of plan and day and the waiting posts come in one request"
    task = ReadLimits(
        organization_id=trial.organization_id,
        channel_ids=(trial.channel.id,),
        day=datetime.now(UTC),
    )
    try:
        found = (await trial.client.limits(task)).value
    except ANSWERED as error:
        return finding(assumption, error.message, holds=False)
    used = found.scheduled[trial.channel.id]
    plan = found.plan.scheduled_posts
    return finding(
        assumption,
        f"{used} of {plan} posts are scheduled on the channel",
        holds=plan is not None and bool(found.daily),
    )


async def pages_end_at_a_hundred(trial: TrialAccount) -> Finding:
    """Ask for one post more than other lists give."""
    answer = await _page(trial, _PAGE, {})
    return finding(
        "A page holds 100 posts at most",
        _said(answer) if answer.message else f"{_PAGE} were taken",
        holds=bool(answer.message),
    )


async def queries_have_limits(trial: TrialAccount) -> Finding:
    """Send a query with one alias too many."""
    fields = " ".join(f"a{number}: id" for number in range(_ALIASES))
    answer = await trial.client.look(f"query Wide {{ account {{ {fields} }} }}", {})
    return finding(
        "A query over the limits is answered 400, in the documented words",
        _said(answer),
        holds=answer.status == _BAD_REQUEST and "maximum allowed complexity" in answer.message,
    )


async def unknown_values_are_named(trial: TrialAccount) -> Finding:
    """Ask with a value that no enum has."""
    answer = await _page(trial, 1, {"status": ["levitating"]})
    return finding(
        "A value that the schema does not have is answered 400, as graphql-js says it",
        _said(answer),
        holds=answer.status == _BAD_REQUEST
        and answer.code in {"GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"}
        and '"levitating"' in answer.message,
    )


async def a_missing_post_is_an_error(trial: TrialAccount) -> Finding:
    """Read a post that nobody has."""
    query = "query Missing($input: PostInput!) { post(input: $input) { id } }"
    answer = await trial.client.look(query, {"input": {"id": _NOBODY}})
    return finding(
        "A missing post is the error NOT_FOUND, never null alone",
        _said(answer),
        holds=answer.status == _OK and answer.code == "NOT_FOUND",
    )


async def refusals_use_the_quota(trial: TrialAccount) -> Finding:
    """Compare what is left before and after a request that is answered 400."""
    assumption = "A request that does not fit the schema counts in the rate windows"
    before = await trial.client.look(_PLAIN, {})
    await _page(trial, 1, {"status": ["levitating"]})
    after = await trial.client.look(_PLAIN, {})
    left = [
        {window.seconds: window.remaining for window in answer.windows}
        for answer in (before, after)
    ]
    shared = left[0].keys() & left[1].keys()
    if not shared:
        return unchecked(assumption, "no RateLimit headers could be read")
    used = max(left[0][seconds] - left[1][seconds] for seconds in shared)
    return finding(
        assumption,
        f"one such request and a plain one used {used}, if nobody else asked",
        holds=used > 1,
    )


READS = (
    windows_are_told,
    limits_come_at_once,
    pages_end_at_a_hundred,
    queries_have_limits,
    unknown_values_are_named,
    a_missing_post_is_an_error,
    refusals_use_the_quota,
)


async def _page(trial: TrialAccount, first: int, chosen: dict[str, object]) -> RawAnswer:
    wanted = {"organizationId": trial.organization_id, "filter": chosen}
    return await trial.client.look(_POSTS, {"input": wanted, "first": first})


def _said(answer: RawAnswer) -> str:
    words = answer.message or "no error"
    return f"HTTP {answer.status}{f' {answer.code}' if answer.code else ''}: {words}"


_DEMANDING = {
    Platform.INSTAGRAM: "Instagram posts require",
    Platform.FACEBOOK: "Facebook posts require a type",
    Platform.TIKTOK: "TikTok posts require",
    Platform.YOUTUBE: "YouTube posts require",
    Platform.PINTEREST: "Pinterest posts require",
    Platform.GOOGLEBUSINESS: "require a type",
}
"""What the one joined message begins with where a network has required fields."""
_NOWHERE = "https://galley.invalid/no-such-picture.jpg"
"""A name that the top-level domain ``invalid`` keeps from ever leading anywhere."""


async def old_assets_are_refused(trial: TrialAccount) -> Finding:
    """Send assets as they were until May 2026: one object with lists inside."""
    answer = await trial.create_oddly(assets={"images": [{"url": _NOWHERE}]})
    return finding(
        "Assets in their old shape, an object, are answered 400",
        _refusal_of(answer),
        holds=answer.status == _BAD_REQUEST and not answer.post_id,
    )


async def required_fields_are_named(trial: TrialAccount) -> Finding:
    """Leave out what the network needs; on others, everything."""
    wanted = _DEMANDING.get(trial.channel.platform)
    if wanted is None:
        answer = await trial.create_oddly(text="")
        return finding(
            "A post with neither text nor media is refused",
            _refusal_of(answer),
            holds=not answer.post_id and bool(answer.message),
        )
    answer = await trial.create_oddly(metadata=None)
    return finding(
        "What a network requires and the post has not is named in one joined message",
        _refusal_of(answer),
        holds="Invalid post: " in answer.message and wanted in answer.message,
    )


async def long_texts_are_refused(trial: TrialAccount) -> Finding | None:
    """Send a text far over the limit of the network."""
    if trial.needs_media:
        return None
    limit = trial.channel.max_characters or rules_for(trial.channel.platform).text_limit
    answer = await trial.create_oddly(text=f"{trial.text()} " + "long " * limit)
    return finding(
        "A text over the limit of the network is refused",
        _refusal_of(answer),
        holds=not answer.post_id and bool(answer.message),
    )


async def pictures_are_looked_at(trial: TrialAccount) -> Finding | None:
    """Name a picture that nobody can fetch."""
    if trial.needs_media:
        return None
    answer = await trial.create_oddly(assets=[{"image": {"url": _NOWHERE}}])
    return finding(
        "Pictures are fetched when a post is created",
        _refusal_of(answer),
        holds=not answer.post_id and "fetch" in answer.message,
    )


async def threads_begin_with_their_text(trial: TrialAccount) -> Finding | None:
    """Send a thread whose first post is not the text; ``None`` without threads."""
    rules = rules_for(trial.channel.platform)
    if rules.max_thread == 1:
        return None
    items = [{"text": "Another beginning"}, {"text": "More"}]
    answer = await trial.create_oddly(metadata={rules.buffer_key: {"thread": items}})
    return finding(
        "A thread whose first post differs from the text is refused",
        _refusal_of(answer),
        holds=not answer.post_id and bool(answer.message),
    )


REFUSALS = (
    old_assets_are_refused,
    required_fields_are_named,
    long_texts_are_refused,
    pictures_are_looked_at,
    threads_begin_with_their_text,
)


def _refusal_of(answer: RawAnswer) -> str:
    if answer.post_id:
        return "a draft was made of it"
    member = f" {answer.typename}" if answer.typename else ""
    return f"HTTP {answer.status}{member}: {answer.message or 'no reason given'}"


MOST_REQUESTS = 40
"""Requests a whole examination takes at most; most channels need fewer."""


async def examine(trial: TrialAccount) -> AsyncGenerator[Finding]:
    """Give the findings one by one; the drafts are the caller's to clean up.

    Raises:
        BufferApiError: Buffer does not answer, does not take the key, or a rate window
            is used up: no further check makes sense.
    """
    for read in READS:
        yield await read(trial)
    for refusal in REFUSALS:
        if found := await refusal(trial):
            yield found
    async for found in _drafts(trial):
        yield found
    yield await items_are_made_once(trial)
    for found in BEYOND_DRAFTS:
        yield found


async def _drafts(trial: TrialAccount) -> AsyncGenerator[Finding]:
    if trial.needs_media:
        yield unchecked(
            "A draft can be created, found, edited and deleted",
            "this network needs media: name a channel of another",
        )
        return
    for found in await the_life_of_a_draft(trial):
        yield found
    for edit in EDITS:
        if found := await edit(trial):
            yield found
