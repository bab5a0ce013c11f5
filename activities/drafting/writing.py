"""Write longer texts into the state bucket; nothing of them is published."""

import hashlib

from temporalio import activity

from activities.beating import heartbeating
from activities.drafting.draft_assembly import grounds_for
from activities.drafting.draft_writer import Material
from activities.drafting.drafting_errors import translated
from activities.drafting.piece_page import page_of
from activities.drafting.piece_writer import PieceWriter
from activities.drafting.stored import source_text, stored_brief, stored_persona
from activities.interfaces import WritingActivities
from activities.spending.budgeting import BudgetKeeper
from activities.spending.purse import Purse
from galley.clients.anthropic import DraftClient
from galley.clients.storage import ObjectStore
from galley.costs.prices import known_prices
from galley.models import Piece, WritePiece

_MARKDOWN = "text/markdown; charset=utf-8"


class PieceWriting(WritingActivities):
    """Texts by Claude, from the same rules and the same source as the posts.

    Args:
        state: ``sources/``, ``briefs/`` and ``personas/`` in; ``pieces/`` out.
        client: The model that writes.
        keeper: Sets money aside for each call before it is made.
    """

    def __init__(
        self, state: ObjectStore, client: DraftClient, keeper: BudgetKeeper
    ) -> None:
        self._state = state
        self._client = client
        self._keeper = keeper

    @activity.defn
    async def write_piece(self, task: WritePiece) -> Piece:
        """Write one text, with one repair turn; what is still broken is returned.

        Repeating it is safe and is billed again.

        Raises:
            ApplicationError: As ``write_draft``.
        """
        with translated("text"):
            async with heartbeating():
                return await self._written(task)

    async def _written(self, task: WritePiece) -> Piece:
        source = task.source
        document = await source_text(self._state, source.sha256)
        brief = await stored_brief(self._state, source)
        persona = await stored_persona(self._state, task.persona)
        purse = Purse(
            self._state, self._keeper, known_prices(), task.piece_key, task.allowance
        )
        material = Material(document, brief)
        writer = PieceWriter(self._client, purse, task, material, persona)
        grounds = grounds_for(document, persona, brief=task.brief)
        draft, problems = await writer.write(grounds)
        page = page_of(task.form, draft, source, writer.provenance, problems).encode()
        name = f"pieces/{hashlib.sha256(page).hexdigest()}.md"
        await self._state.put_if_absent(name, page, _MARKDOWN, same=True)
        return Piece(
            name=name,
            title=draft.title,
            words=len(page.decode().partition("\n---\n")[2].split()),
            problems=problems,
            provenance=writer.provenance,
        )
