"""Texts, and the threads that they become, against the rules of a network.

The command ``check`` prints the reports.
"""

from collections.abc import Iterable, Iterator

from pydantic import ConfigDict, Field, ValidationError

from app.errors import InvalidRequestError
from galley.models.base import Model
from galley.models.channel import Channel
from galley.models.draft import Draft, Problem
from galley.models.network import Platform
from galley.networks.checks import TextReport, check_draft, check_text
from galley.networks.registry import rules_for
from galley.networks.split import Thread, closing_of

__all__ = ["TextReport", "ThreadReport", "UnreadLine", "check_lines", "check_text", "check_thread"]


class ThreadReport(Model):
    """The posts in order, each as ``check`` reports it, and what breaks a rule."""

    platform: Platform
    posts: tuple[str, ...]
    lengths: tuple[int, ...]
    limit: int
    ok: bool
    problems: tuple[Problem, ...] = ()


class UnreadLine(Model):
    """The answer to a line that cannot be read."""

    error: str


class _Line(Model):
    """One line of JSON Lines. Other fields, such as a number, may stand in it."""

    model_config = ConfigDict(extra="ignore")

    platform: Platform
    text: str
    limit: int | None = Field(default=None, gt=0)


def check_thread(
    platform: Platform, text: str, limit: int | None, *, numbered: bool
) -> ThreadReport:
    """Return the thread that a text becomes.

    Args:
        platform: The network.
        text: The whole text.
        limit: The channel's own limit; missing: the network's.
        numbered: Whether the posts are numbered.

    Raises:
        InvalidRequestError: The network has no threads.
    """
    rules = rules_for(platform)
    if rules.max_thread == 1:
        having = [name for name in Platform if rules_for(name).max_thread > 1]
        raise InvalidRequestError(f"{rules.name} has no threads; {', '.join(having)} have.")
    thread = Thread(rules.counts_within(limit), rules.max_thread, numbered=numbered)
    posts = thread.split((text,), closing_of(text)) or (text,)
    reports = [check_text(platform, post, limit=limit) for post in posts]
    draft = Draft(text=posts[0], thread=posts if len(posts) > 1 else ())
    channel = Channel(id="", name="", platform=platform)
    # Of the draft as a whole, only the number of posts matters: each post has its own report.
    problems = [one for one in check_draft(draft, channel) if one.rule == "thread"]
    problems += (problem for report in reports for problem in report.problems)
    return ThreadReport(
        platform=platform,
        posts=posts,
        lengths=tuple(one.length for one in reports),
        limit=reports[0].limit,
        ok=not problems,
        problems=tuple(problems),
    )


def check_lines(lines: Iterable[bytes]) -> Iterator[TextReport | UnreadLine]:
    """Yield an answer to each line of JSON Lines that is not empty."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            asked = _Line.model_validate_json(line)
        except ValidationError as error:
            yield UnreadLine(error=f"Line {number}: {_what_is_wrong(error)}")
        else:
            yield check_text(asked.platform, asked.text, limit=asked.limit)


def _what_is_wrong(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    field = ".".join(map(str, first["loc"]))
    match first["type"], field:
        case "json_invalid", _:
            return 'not JSON in UTF-8: write {"platform": "x", "text": "…"}.'
        case "missing", _:
            return f'"{field}" is missing: write {{"platform": "x", "text": "…"}}.'
        case "enum", _:
            return f"no such platform: choose one of {', '.join(Platform)}."
        case _, "":
            return 'not an object: write {"platform": "x", "text": "…"}.'
        case _:
            return f'"{field[:40]}" is of the wrong kind: {first["msg"]}.'
