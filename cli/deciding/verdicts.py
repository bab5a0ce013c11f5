"""Decide by name and print what became of it."""

import asyncio
from dataclasses import dataclass

from temporalio.client import Client

from app.posts.names import reach
from cli.deciding.changing import Changed, confirmed
from cli.deciding.decisions import (
    Verdict,
    decide_all,
    signal_blind,
    undecided,
)
from cli.terminal.connections import connections, reviewer
from cli.terminal.failures import CommandError, ExitCode, usage
from cli.terminal.output import show, show_json
from cli.terminal.process import run
from cli.terminal.telling import telling
from galley.models import Decision, DecisionKind, PostView
from galley.settings import Settings


def decide(  # noqa: PLR0913 -- the options of a decision
    kind: str,
    name: str,
    *,
    note: str,
    revision: int | None,
    pick: int | None = None,
    json: bool,
) -> None:
    """Carry out ``approve``, ``regenerate`` or ``reject``."""
    said = _Said(DecisionKind(kind), note, revision, pick)
    report(run(_decide(name, said)), json=json)


@dataclass(frozen=True)
class _Said:
    kind: DecisionKind
    note: str
    revision: int | None
    pick: int | None

    def on(self, revision: int, by: str) -> Decision:
        """Return it as a decision on a revision."""
        return Decision(
            kind=self.kind, revision=revision, by=by, note=self.note, pick=self.pick
        )


async def _decide(name: str, said: _Said) -> list[Verdict]:
    reached = connections()
    target = await reach(reached, name)
    client = await reached.temporal()
    if said.pick is not None and target.is_campaign:
        raise usage("A pick is about the variants of one post: name the post.")
    by, revision = reviewer(Settings()), said.revision

    def decision(view: PostView) -> Decision:
        return said.on(view.revision if revision is None else revision, by)

    posts = await undecided(client, target)
    async with telling("waiting for the posts to answer"):
        verdicts = await decide_all(
            client, posts, decision, is_unseen=target.is_campaign
        )
    if said.kind is DecisionKind.APPROVE:
        verdicts = await confirmed_by_buffer(client, verdicts)
    if revision is None:
        return verdicts
    blind = said.on(revision, by)
    return [
        await signal_blind(client, v.workflow_id, blind) if v.is_unanswered else v
        for v in verdicts
    ]


async def confirmed_by_buffer(client: Client, verdicts: list[Verdict]) -> list[Verdict]:
    """Return the verdicts once Buffer has the edits that were approved.

    An edit it did not take becomes a verdict that is not ok.
    """
    if not any(verdict.asked_of_buffer for verdict in verdicts):
        return verdicts
    async with telling("waiting for Buffer to confirm"):
        return list(await asyncio.gather(*(_confirmed(client, v) for v in verdicts)))


async def _confirmed(client: Client, verdict: Verdict) -> Verdict:
    wish = verdict.asked_of_buffer
    if wish is None:
        return verdict
    asked = Changed(
        workflow_id=verdict.workflow_id,
        change_id=wish.change_id,
        ok=True,
        state=verdict.state,
    )
    found = await confirmed(client, wish, asked)
    return verdict.model_copy(
        update={
            "ok": found.ok,
            "state": found.state,
            "asked_of_buffer": None if found.is_over else wish,
            "notice": found.notice,
            "error": found.error,
        }
    )


def report(verdicts: list[Verdict], *, json: bool) -> None:
    """Print each verdict.

    Raises:
        CommandError: A decision was not taken.
    """
    if json:
        show_json([verdict.model_dump(mode="json") for verdict in verdicts])
    else:
        for verdict in verdicts:
            show(_line(verdict))
    refused = [verdict for verdict in verdicts if not verdict.ok]
    if refused:
        count = f"{len(refused)} of {len(verdicts)}" if len(verdicts) > 1 else "The"
        noun = "decisions were" if len(verdicts) > 1 else "decision was"
        raise CommandError(f"{count} {noun} not taken.", ExitCode.FAILED)


def _line(verdict: Verdict) -> str:
    if not verdict.ok:
        return f"{verdict.workflow_id}: {verdict.error}"
    if not verdict.state:
        return f"{verdict.workflow_id}: sent; it takes effect when a worker runs."
    problems = "".join(f"\n  {problem}" for problem in verdict.problems)
    if verdict.is_proposal:
        problems += (
            "\n  What was approved stands until the change is approved: "
            f"uv run starter.py approve {verdict.workflow_id}"
        )
    elif verdict.asked_of_buffer:
        problems += "\n  Asked of Buffer, and not confirmed yet: `show` says how far."
    elif verdict.notice:
        problems += f"\n  {verdict.notice}"
    at = f"{verdict.workflow_id}: {verdict.state}, revision {verdict.revision}"
    return f"{at}{problems}"
