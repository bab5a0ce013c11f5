"""Write longer texts into the state bucket; nothing of them is published."""

import hashlib
from datetime import timedelta
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.beating import beating
from activities.budgeting import BudgetKeeper
from activities.conversation import DraftRefusedError, UnusableAnswerError
from activities.draft_assembly import grounds_for
from activities.draft_writer import Material
from activities.interfaces import WritingActivities
from activities.piece_page import page_of
from activities.piece_writer import PieceWriter
from activities.purse import Purse
from galley.clients.anthropic import DraftClient
from galley.clients.anthropic_errors import FinalDraftError, LaterDraftError
from galley.clients.storage import ObjectStore, StoreError, StoreUnavailableError
from galley.costs.budget import OverBudgetError
from galley.costs.prices import known_prices
from galley.models import Persona, Piece, SourceDocument, WritePiece
from galley.models.brief import SourceBrief

_MARKDOWN = "text/markdown; charset=utf-8"
_T = TypeVar("_T", bound=BaseModel)


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
        try:
            async with beating():
                return await self._written(task)
        except OverBudgetError as error:
            raise _final(error, "OverBudget") from None
        except DraftRefusedError as error:
            raise _final(error, "DraftRefused") from None
        except (FinalDraftError, UnusableAnswerError) as error:
            # Anthropic's own words help an operator; they have no place in a history.
            activity.logger.warning("no text: %s", error.__cause__ or error)
            raise _final(error, "DraftingError") from None
        except LaterDraftError as error:
            wait = error.retry_after
            raise ApplicationError(
                str(error),
                type="DraftingError",
                next_retry_delay=None if wait is None else timedelta(seconds=wait),
            ) from None
        except StoreError as error:
            raise ApplicationError(
                str(error),
                type="StoreError",
                non_retryable=not isinstance(error, StoreUnavailableError),
            ) from None

    async def _written(self, task: WritePiece) -> Piece:
        source, ref = task.source, task.persona
        document = await self._stored(SourceDocument, f"sources/{source.sha256}")
        brief = source.brief and await self._stored(
            SourceBrief, f"briefs/{source.brief.sha256}"
        )
        persona = ref and await self._stored(Persona, f"personas/{ref.sha256}")
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

    async def _stored(self, shape: type[_T], name: str) -> _T:
        data = await self._state.get(f"{name}.json")
        try:
            return shape.model_validate_json(data or b"")
        except ValidationError:
            raise ApplicationError(
                f"{name} is {'broken' if data else 'gone'} from the state bucket: "
                "write it again with a new --edition.",
                type="SourceMissing",
                non_retryable=True,
            ) from None


def _final(error: Exception, kind: str) -> ApplicationError:
    return ApplicationError(str(error), type=kind, non_retryable=True)
