"""What became of decisions and changes, as their commands print it."""

from app.review.changes import ChangeResult, Selection
from app.review.decisions import DecisionResult
from cli.errors import CommandError, ExitCode
from cli.render.proofs import clean, local
from cli.terminal import say, show, show_json
from galley.review.changes import ON_ITS_WAY

_LATER = "sent; it takes effect when a worker runs."


def print_decisions(results: list[DecisionResult], *, json: bool) -> None:
    """Print what became of each decision.

    Raises:
        CommandError: A decision was not taken.
    """
    if json:
        show_json([one.model_dump(mode="json") for one in results])
    else:
        for one in results:
            show(_decision_line(one))
    refused = [one for one in results if not one.ok]
    if refused:
        count = f"{len(refused)} of {len(results)}" if len(results) > 1 else "The"
        noun = "decisions were" if len(results) > 1 else "decision was"
        raise CommandError(f"{count} {noun} not taken.", ExitCode.FAILED)


def _decision_line(result: DecisionResult) -> str:
    name = result.workflow_id
    if not result.ok:
        return f"{name}: {result.error}"
    if not result.state:
        return f"{name}: {_LATER}"
    problems = "".join(f"\n  {problem}" for problem in result.problems)
    if result.is_proposal:
        problems += (
            "\n  What was approved stands until the change is approved: "
            f"uv run starter.py approve {name}"
        )
    elif result.asked_of_buffer:
        problems += "\n  Asked of Buffer, and not confirmed yet: `show` says how far."
    elif result.notice:
        problems += f"\n  {result.notice}"
    return f"{name}: {result.state}, revision {result.revision}{problems}"


def print_not_retracted(selection: Selection) -> None:
    """Print which posts of a campaign taking it back does not reach."""
    for post in selection.published:
        say(f"{post.workflow_id} is published: take it down on its network.")
    for post in selection.unapproved:
        say(f"{post.workflow_id} is not approved: to end it, reject it.")


def print_changes(results: list[ChangeResult], *, json: bool) -> None:
    """Print what became of each change.

    Raises:
        CommandError: A post did not take it, or Buffer did not; exit code 1 or 3.
    """
    if json:
        show_json([one.model_dump(mode="json") for one in results])
    else:
        for one in results:
            show(clean(_change_line(one)))
    refused = [one for one in results if not one.ok]
    if refused:
        by_buffer = any(one.is_heard for one in refused)
        code = ExitCode.REFUSED if by_buffer else ExitCode.FAILED
        raise CommandError(_summary(refused, results), code)


def _change_line(result: ChangeResult) -> str:
    name = result.workflow_id
    if not result.ok:
        return f"{name}: {result.error}"
    if not result.state:
        return f"{name}: {_LATER}"
    due = f", due {local(result.due_at)}" if result.due_at else ""
    at = f"{name}: {result.state}{due if result.state in ON_ITS_WAY else ''}"
    if result.is_confirmed:
        return f"{at}\n  {result.notice}" if result.notice else at
    waits = result.notice or "Buffer"
    return f"{at}\n  Asked, and not confirmed yet; it waits for {waits}."


def _summary(refused: list[ChangeResult], results: list[ChangeResult]) -> str:
    if len(results) > 1:
        return f"{len(refused)} of {len(results)} posts were not changed."
    name = results[0].workflow_id
    return f"Nothing was changed: look with `starter.py why {name}`."
