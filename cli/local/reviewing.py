"""Decide on drafts during a demo: by asking for each, or by approving all."""

from typing import Protocol

from temporalio.client import Client

from app.campaigns.follow import Watched
from app.review.changes import change
from app.review.decisions import approve_by_signal, send
from cli.errors import CommandError
from cli.input.draft_editor import edit_in_editor
from cli.local.board import Board
from cli.terminal import ask
from galley.models.draft import DraftEdit
from galley.models.post import PostState, PostView
from galley.models.review import ChangeKind, ChangeRequest, Decision, DecisionKind

_VARIANTS = "[1-{count}] approve that variant  "
_MENU = "[a]pprove  [e]dit  [n]ew draft  [r]eject  approve a[l]l  [s]kip > "
_ERROR_MENU = "[p]ublish it after all, if it is not there  [t]ake it back  [s]kip > "
_HELD_MENU = "[a]pprove again, create it if it is not in Buffer  [r]eject  [s]kip > "


_CHANGES = {"p": ChangeKind.REDRIVE, "t": ChangeKind.RETRACT}


class Reviewer(Protocol):
    """Whoever decides."""

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
        await approve_by_signal(self._client, view, self._by)
        return True


class AskEach:
    """Asks the person at the keyboard about every draft."""

    def __init__(self, client: Client, by: str, board: Board) -> None:
        self._client = client
        self._by = by
        self._board = board
        self._rest: Reviewer | None = None

    async def review(self, post: Watched, view: PostView) -> bool:
        """Ask for a decision and send it."""
        if self._rest is not None and view.state is PostState.IN_REVIEW:
            return await self._rest.review(post, view)
        with self._board.paused():
            if view.state in {PostState.ERROR, PostState.LATE}:
                return await self._ask_what_now(post, view)
            return await self._ask(post, view)

    async def _ask_what_now(self, post: Watched, view: PostView) -> bool:
        """Ask what shall become of a post that Buffer could not publish."""
        kind: ChangeKind | None = None
        while kind is None and view.state is PostState.ERROR:
            word = await ask(f"{view.platform}: {_ERROR_MENU}")
            if word is None or word.casefold()[:1] == "s":
                break
            kind = _CHANGES.get(word.casefold()[:1])
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
            word = await ask(f"{view.platform}: {menu}")
            choice = "s" if word is None else word.casefold()[:1]
            if choice == "s":
                post.is_left = True
                return True
            if choice == "l":
                self._rest = ApproveAll(self._client, self._by)
                return await self._rest.review(post, view)
            decision = await self._decision(choice, view)
            if decision is None:
                continue
            verdict = await send(self._client, view.workflow_id, decision)
            if not verdict.ok:
                self._board.say(verdict.error or "That was refused.")
            return verdict.ok

    async def _decision(self, choice: str, view: PostView) -> Decision | None:
        if choice.isdecimal() and 0 < int(choice) <= len(view.variants):
            return self._make(view, DecisionKind.APPROVE, pick=int(choice))
        match choice:
            case "a":
                return self._make(view, DecisionKind.APPROVE)
            case "n":
                note = await ask("What should be better? > ")
                return self._make(view, DecisionKind.REGENERATE, note or "")
            case "r":
                note = await ask("Why? > ")
                return self._make(view, DecisionKind.REJECT, note or "")
            case "e":
                return await self._edited(view)
            case _:
                return None

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
        return Decision(
            kind=kind, revision=view.revision, by=self._by, note=note[:4000], edit=edit, pick=pick
        )
