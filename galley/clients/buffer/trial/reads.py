"""Checks that only read."""

from datetime import UTC, datetime

from galley.clients.buffer.raw import RawAnswer
from galley.clients.buffer.trial.account import TrialAccount
from galley.clients.buffer.trial.verdicts import (
    ANSWERED,
    Finding,
    finding,
    unchecked,
)
from galley.clients.buffer.windows import WINDOWS
from galley.models import ReadLimits

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
        holds=answer.status == _BAD_REQUEST
        and "maximum allowed complexity" in answer.message,
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


async def _page(
    trial: TrialAccount, first: int, chosen: dict[str, object]
) -> RawAnswer:
    wanted = {"organizationId": trial.organization_id, "filter": chosen}
    return await trial.client.look(_POSTS, {"input": wanted, "first": first})


def _said(answer: RawAnswer) -> str:
    words = answer.message or "no error"
    return f"HTTP {answer.status}{f' {answer.code}' if answer.code else ''}: {words}"
