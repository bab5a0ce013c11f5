"""The demo: one campaign from its source to confirmed posts, with a person's decisions."""

import asyncio
import os
import re
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from temporalio.client import Client

from app.campaigns.follow import Watch, Watched
from app.campaigns.start import campaign_input, start_campaign
from app.connections import Connections
from app.review.changes import change
from app.review.decisions import approve_by_signal, send, with_needed
from app.review.messages import sign
from cli.errors import CommandError, ExitCode
from cli.input.campaigns import CampaignWords, campaign_request
from cli.input.draft_editor import edit_in_editor
from cli.local import record
from cli.local.board import Board, Stage, Stages, as_json, exit_code, print_table
from cli.local.parts import Part, parts_needed
from cli.local.stack import LocalStack
from cli.media import draw_pictures
from cli.phrases import decision_line
from cli.process import PATIENCE, InterruptedCommand, connections, reviewer, run
from cli.terminal import ask, say, show_json
from galley.models.draft import DraftEdit
from galley.models.post import PostState, PostView
from galley.models.review import ChangeKind, ChangeRequest, Decision, DecisionKind
from galley.review.proof import proof_of
from galley.settings import Settings

_POLL = 0.5
"""Seconds between two looks at all posts together."""
_READY_WITHIN = 60.0
_VARIANTS = "[1-{count}] approve that variant  "
# With the longest name of a network before it, a terminal of 80 columns holds it.
_MENU = "[a]pprove (a[l]l) [e]dit [n]ew [r]eject [s]kip [q]uit [?] > "
_ERROR_MENU = "[p]ublish it after all, if it is not there [t]ake it back [s]kip [q]uit [?] > "
_HELD_MENU = "[a]pprove again, create it if it is not in Buffer [r]eject [s]kip [q]uit [?] > "
_HELP = {
    "1": "a number: let that variant out",
    "a": "let the post out, as it stands above",
    "e": "change its words in your editor ($EDITOR); it is shown again",
    "n": "have another draft written; it is shown in its turn",
    "r": "never publish it; asks for the reason, which later drafts learn from",
    "l": "let this post out, and all after it that their networks would take",
    "p": "publish it after all; what Buffer has is not created again",
    "t": "take it back: what Buffer has of it is deleted",
    "s": "decide nothing: it goes on waiting, and the next one is shown",
    "q": "stop here: this post and all others go on waiting",
    "?": "this list",
}
"""What each answer does."""
_CHANGES = {"p": ChangeKind.REDRIVE, "t": ChangeKind.RETRACT}

Check = Callable[[], Awaitable[None]]


class Reviewer(Protocol):
    """A person, or the rule that stands in for one."""

    async def review(self, post: Watched, view: PostView) -> bool:
        """Decide on one draft, or leave it; return whether that counted."""
        ...


class ApproveAll:
    """Approves every draft that its network would take, once."""

    def __init__(self, client: Client, by: str) -> None:
        self._client = client
        self._by = by

    async def review(self, post: Watched, view: PostView) -> bool:
        """Approve the revision that was shown, by signal."""
        is_open = view.state is PostState.IN_REVIEW and view.draft is not None
        if not is_open or view.problems or view.error:
            post.is_left = True
            return True
        await approve_by_signal(self._client, view, self._by, Settings())
        return True


class LeaveAll:
    """Leaves every post as it is, for a person who has had enough."""

    async def review(self, post: Watched, view: PostView) -> bool:
        """Leave the post to wait."""
        del view
        post.is_left = True
        return True


async def ask_or_cancel(question: str) -> str:
    """Return the answer; ``""`` for Enter alone and for Ctrl-C, which ends only the question."""
    asking = asyncio.ensure_future(ask(question))
    PATIENCE.question = asking
    try:
        return await asking or ""
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        say("")  # the terminal wrote ^C behind the question
        return ""
    finally:
        PATIENCE.question = None


def help_lines(menu: str) -> list[str]:
    """Return what each answer of a menu does, a line each."""
    return [f"  {one}  {words}" for one, words in _HELP.items() if one in _offered(menu)]


def _offered(menu: str) -> set[str]:
    return set(re.findall(r"\[([a-z1?])", menu))


class AskEach:
    """Asks the person at the keyboard for a decision on every draft."""

    def __init__(self, opened: Connections, client: Client, by: str, board: Board) -> None:
        self._opened = opened
        self._client = client
        self._by = by
        self._board = board
        self._rest: Reviewer | None = None

    @property
    def has_quit(self) -> bool:
        """Whether the person wants to be asked nothing more."""
        return isinstance(self._rest, LeaveAll)

    async def review(self, post: Watched, view: PostView) -> bool:
        """Ask for a decision and send it."""
        if self._rest is not None and (self.has_quit or view.state is PostState.IN_REVIEW):
            return await self._approve(self._rest, post, view)
        self._board.clear()
        await draw_pictures(self._opened, view)
        if view.state in {PostState.ERROR, PostState.LATE}:
            return await self._ask_what_now(post, view)
        return await self._ask(post, view)

    async def _ask_what_now(self, post: Watched, view: PostView) -> bool:
        """Ask whether to publish or take back a post that Buffer could not publish."""
        kind: ChangeKind | None = None
        while kind is None and view.state is PostState.ERROR:
            choice = await self._choice(view, _ERROR_MENU)
            if choice == "s":
                break
            kind = _CHANGES.get(choice)
        if kind is None:
            post.is_left = True
            return True
        request = ChangeRequest(kind=kind, by=self._by)
        changed = await change(self._client, view.workflow_id, request)
        if not changed.ok:
            self._board.say(changed.error or "That was refused.")
        return changed.ok

    async def _ask(self, post: Watched, view: PostView) -> bool:
        menu = _HELD_MENU if view.state is PostState.HELD else _MENU
        offered = len(view.variants) if view.state is PostState.IN_REVIEW else 0
        if offered:
            menu = _VARIANTS.format(count=offered) + menu
        while True:
            choice = await self._choice(view, menu)
            if choice == "s":
                post.is_left = True
                return True
            if choice == "l":
                self._rest = ApproveAll(self._client, self._by)
                return await self._approve(self._rest, post, view)
            said = await self._decision(choice, view)
            if said is None:
                continue
            (verdict,) = with_needed(Settings(), [await send(self._client, view.workflow_id, said)])
            self._board.say(decision_line(verdict, said))
            return verdict.ok

    async def _choice(self, view: PostView, menu: str) -> str:
        """Return the letter or digit that was chosen; whoever quits skips this post, and all."""
        while True:
            word = await ask(f"{view.platform}: {menu}")
            choice = "q" if word is None else word.casefold()[:1]
            if choice == "q":
                self._rest = LeaveAll()
                return "s"
            offered = _offered(menu)
            if (choice in offered and choice != "?") or (choice.isdecimal() and "1" in offered):
                return choice
            for line in help_lines(menu):
                self._board.say(line)

    async def _approve(self, rest: Reviewer, post: Watched, view: PostView) -> bool:
        """Approve it with all others, and say so: its draft was shown, and nothing is asked."""
        is_counted = await rest.review(post, view)
        if not post.is_left:
            channel = f"{view.platform} · {view.channel_name}"
            self._board.say(f"{channel}: approved by {self._by} (revision {view.revision})")
        return is_counted

    async def _decision(self, choice: str, view: PostView) -> Decision | None:
        if choice.isdecimal() and 0 < int(choice) <= len(view.variants):
            return self._make(view, DecisionKind.APPROVE, pick=int(choice))
        match choice:
            case "a":
                return self._make(view, DecisionKind.APPROVE)
            case "n":
                note = await ask("What should be better? (Enter: simply another one) > ")
                return self._make(view, DecisionKind.REGENERATE, note or "")
            case "r":
                return await self._rejected(view)
            case "e":
                return await self._edited(view)
            case _:
                return None

    async def _rejected(self, view: PostView) -> Decision | None:
        note = await ask_or_cancel("Why? (Enter or Ctrl-C: do not reject it) > ")
        if not note:
            self._board.say("Not rejected.")
            return None
        return self._make(view, DecisionKind.REJECT, note)

    async def _edited(self, view: PostView) -> Decision | None:
        try:
            change = await edit_in_editor(view)
        except CommandError as error:
            self._board.say(str(error))
            return None
        if change is None:
            self._board.say("Nothing was changed.")
            return None
        return self._make(view, DecisionKind.EDIT, edit=change)

    def _make(
        self,
        view: PostView,
        kind: DecisionKind,
        note: str = "",
        edit: DraftEdit | None = None,
        pick: int | None = None,
    ) -> Decision:
        proof = proof_of(view, pick)
        said = Decision(
            kind=kind,
            revision=view.revision,
            digest=proof.digest if proof else "",
            by=self._by,
            note=note[:4000],
            edit=edit,
            pick=pick,
        )
        return sign(Settings(), view.workflow_id, said)


# The demo


@dataclass(frozen=True)
class Demonstration:
    """The demo as a person asks for it."""

    words: CampaignWords
    is_asking: bool
    is_json: bool
    free_ports: bool


def demonstrate(asked: Demonstration) -> ExitCode:
    """Carry out ``demo``; returns its exit code."""
    try:
        return run(_demonstrate(asked))
    except InterruptedCommand:
        source = asked.words.source
        say(
            "Stopped; nothing is lost. Go on with: galley demo "
            f"{source}\nor keep the stack running with: galley up"
        )
        return ExitCode.INTERRUPTED


async def _demonstrate(asked: Demonstration) -> ExitCode:
    expected = _settings()
    # A mistake is reported before anything starts.
    campaign_input(campaign_request(asked.words, expected), expected)
    stages = Stages()
    async with _stack(free_ports=asked.free_ports) as check:
        stages.reach(Stage.STACK)
        found = record.read_record()
        opens = {"Review": record.review_address(found), **found.pages}
        pages = [f"{name}: {address}" for name, address in opens.items() if address]
        for page in pages:
            say(page)
        opened = connections()
        watch = await _begin(opened, asked)
        with Board(sys.stderr if asked.is_json else sys.stdout) as board:
            client, by = await opened.temporal(), reviewer(opened.settings)
            decides = (
                AskEach(opened, client, by, board) if asked.is_asking else ApproveAll(client, by)
            )
            await _follow(watch, decides, board, check, stages)
        stages.end(watch)
        if asked.is_json:
            show_json(as_json(watch))
        else:
            print_table(watch)
        for line in stages.lines() if watch.is_new and not asked.is_asking else ():
            say(line)
        if asked.is_asking and pages:
            say("")
            if left := [one.plan.platform for one in watch.posts.values() if _is_undecided(one)]:
                say(f"Still to decide: {', '.join(left)}. Do it in the pages, or run this again.")
            for page in pages:
                say(page)
            await ask("Enter ends the demo, and these pages with it. ")
    return exit_code(watch, wants_all=not asked.is_asking)


def _is_undecided(post: Watched) -> bool:
    return post.state == PostState.IN_REVIEW


def _settings() -> Settings:
    """Return the settings as they will be: a missing Buffer is emulated."""
    settings, given = Settings(), Settings(_env_file=".env")  # pyright: ignore[reportCallIssue] -- pydantic-settings takes it
    if Part.BUFFER not in parts_needed(given, os.environ):
        return settings
    return settings.model_copy(update={"buffer_api_url": "http://localhost"})


@asynccontextmanager
async def _stack(*, free_ports: bool) -> AsyncGenerator[Check]:
    """Use the stack of this folder, or start one for as long as we need it.

    Yields a check that raises when a part of it has stopped.
    """
    if record.is_running():
        await _wait_until_ready()
        yield _require_running
        return
    async with LocalStack(say, free_ports=free_ports) as stack:
        yield stack.check


async def _wait_until_ready() -> None:
    deadline = time.monotonic() + _READY_WITHIN
    while not record.read_record().ready:
        await _require_running()
        if time.monotonic() > deadline:
            raise CommandError("The local stack of this folder does not get ready.")
        await asyncio.sleep(_POLL)


async def _require_running() -> None:
    if not record.is_running():
        raise CommandError("The local stack has stopped: run `galley up`, then try again.")


async def _begin(opened: Connections, asked: Demonstration) -> Watch:
    request = campaign_request(asked.words, opened.settings)
    started = await start_campaign(opened, request)
    if started.is_new:
        say(f"Started {started.campaign_id}")
    else:
        say(
            f"Already started: this source has {started.campaign_id}. Its posts are "
            "shown; --edition 2 would post it once more."
        )
    client = await opened.temporal()
    return Watch(client, started.campaign_id, is_new=started.is_new)


async def _follow(
    watch: Watch, decides: Reviewer, board: Board, check: Check, stages: Stages
) -> None:
    """Show and decide until every post is settled."""
    while True:
        await check()
        waiting = await watch.refresh()
        stages.look(watch)
        board.update(watch)
        for post in waiting:
            if post.view is None:
                continue
            board.draft(post.view, watch.handle_of(post))
            if await decides.review(post, post.view):
                post.answered.add((post.view.revision, post.view.error))
            else:
                post.look_at = 0  # refused: look at once, it may have changed meanwhile
        if watch.is_settled:
            return
        await asyncio.sleep(_POLL)
