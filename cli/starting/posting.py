"""How posts are to go out and what they carry: flags of ``start``, and a file."""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from app.option_file import read_options
from cli.terminal.failures import usage
from cli.terminal.proofs import clean
from galley.models import (
    Channel,
    Delivery,
    Draft,
    PostingOptions,
    SchedulingType,
    ShareMode,
)
from galley.platforms.extras import extras_problems
from galley.platforms.registry import rules_for


@dataclass(frozen=True)
class PostingWishes:
    """The flags that say how posts go out, as typed."""

    options: Path | None = None
    mode: str = ""
    draft: bool = False
    needs_approval: bool = False
    reminder: bool = False
    threads: bool = False
    numbered: bool = False
    timed: tuple[str, ...] = field(default=())
    """The flags that name times, which not every mode can keep."""


def posting_of(wishes: PostingWishes) -> PostingOptions:
    """Return what file and flags say together; a flag counts more.

    Raises:
        CommandError: They cannot be understood, or not be kept; exit code 2.
    """
    found = PostingOptions()
    if wishes.options is not None:
        found = read_options(wishes.options, PostingOptions)
        _refuse_misfits(wishes.options, found)
    numbered = wishes.numbered or found.numbered
    delivery = _delivery(wishes, found.delivery)
    _refuse_times(delivery, wishes.timed)
    return found.model_copy(
        update={
            "delivery": delivery,
            "threads": wishes.threads or found.threads or numbered,
            "numbered": numbered,
        }
    )


def _delivery(wishes: PostingWishes, said: Delivery) -> Delivery:
    changes: dict[str, object] = {}
    if wishes.mode:
        changes["mode"] = _mode(wishes.mode)
    if wishes.draft:
        changes["save_to_draft"] = True
    if wishes.needs_approval:
        changes["needs_approval"] = True
    if wishes.reminder:
        changes["scheduling_type"] = SchedulingType.NOTIFICATION
    try:
        return Delivery.model_validate({**said.model_dump(), **changes})
    except ValidationError as error:
        why = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise usage(f"{why[:1].upper()}{why[1:]}: leave one of them away.") from None


def _mode(word: str) -> ShareMode:
    known = {mode.casefold(): mode for mode in ShareMode}
    mode = known.get(word.casefold())
    if mode is None:
        raise usage(f"--mode is {' or '.join(ShareMode)}, not {word!r}.")
    return mode


def _refuse_times(delivery: Delivery, timed: tuple[str, ...]) -> None:
    if delivery.has_due_time or not timed:
        return
    why = f"With --mode {delivery.mode} Buffer decides when a post goes out"
    if delivery.save_to_draft:
        why = "A draft in Buffer has no time; a person schedules it there"
    raise usage(f"{why}: leave {' and '.join(timed)} away, or choose another mode.")


def _refuse_misfits(file: Path, found: PostingOptions) -> None:
    """Say now, and not at every draft, what no text could mend."""
    for extras in found.networks.given:
        rules = rules_for(extras.platform)
        channel = Channel(id="", name=rules.name, platform=extras.platform)
        # The link of the source is not known yet; a button may lead to it.
        plain = Draft(text="-", link="https://example.com", extras=extras)
        drawn = [rules.required_media] if rules.required_media else []
        for problem in extras_problems(plain, channel, drawn):
            raise usage(clean(f"{file}: networks.{extras.platform}: {problem.message}"))
