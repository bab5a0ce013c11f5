"""`starter.py check --split`: the posts of the thread that a text becomes."""

from collections.abc import Iterator

from cli.terminal.failures import usage
from cli.terminal.output import show
from galley.harmless import harmless_json
from galley.models import Channel, Draft, Model, Platform, Problem
from galley.platforms.checking import TextReport, check_draft, check_text
from galley.platforms.own_limits import counts_for
from galley.platforms.registry import rules_for
from galley.platforms.splitting import Thread, closing_of


class ThreadReport(Model):
    """The posts in order, each as ``check`` reports it, and what breaks a rule."""

    platform: Platform
    posts: tuple[str, ...]
    lengths: tuple[int, ...]
    limit: int
    ok: bool
    problems: tuple[Problem, ...] = ()


def answer_split(
    platform: Platform, text: str, limit: int | None, *, numbered: bool, json: bool
) -> int:
    """Print the thread; return the exit code, 0 if it fits.

    Raises:
        CommandError: The network has no threads.
    """
    rules = rules_for(platform)
    if rules.max_thread == 1:
        having = [name for name in Platform if rules_for(name).max_thread > 1]
        raise usage(f"{rules.name} has no threads; {', '.join(having)} have.")
    counts = counts_for(platform, limit)
    thread = Thread(counts, rules.max_thread, numbered=numbered)
    posts = thread.split((text,), closing_of(text)) or (text,)
    reports = [check_text(platform, post, limit=limit) for post in posts]
    problems = [*_too_many(platform, posts)]
    problems += (problem for report in reports for problem in report.problems)
    report = ThreadReport(
        platform=platform,
        posts=posts,
        lengths=tuple(one.length for one in reports),
        limit=reports[0].limit,
        ok=not problems,
        problems=tuple(problems),
    )
    show(
        harmless_json(report.model_dump_json()) if json else _in_words(report, reports)
    )
    return 0 if report.ok else 1


def _too_many(platform: Platform, posts: tuple[str, ...]) -> Iterator[Problem]:
    draft = Draft(text=posts[0], thread=posts if len(posts) > 1 else ())
    channel = Channel(id="", name="", platform=platform)
    found = check_draft(draft, channel)
    yield from (problem for problem in found if problem.rule == "thread")


def _in_words(report: ThreadReport, reports: list[TextReport]) -> str:
    count = len(report.posts)
    shown = [
        f"[{number}/{count}, {one.length:,} of {one.limit:,}]\n{post}"
        for number, (post, one) in enumerate(zip(report.posts, reports, strict=True), 1)
    ]
    told = [f"- {problem.message}" for problem in report.problems]
    verdict = "fits" if report.ok else "does not fit"
    head = f"{report.platform}: {verdict}, {count} post{'s' if count > 1 else ''}."
    return "\n\n".join(["\n".join([head, *told]), *shown])
