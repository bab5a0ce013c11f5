"""Ask Claude for many drafts together: half the price, and it may take hours.

https://platform.claude.com/docs/en/build-with-claude/batch-processing
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from galley.clients.anthropic import DraftAnswer, DraftClient, DraftPrompt, Reply
from galley.clients.anthropic_errors import LaterDraftError, translated

if TYPE_CHECKING:
    from anthropic.types.messages import MessageBatch
    from anthropic.types.messages.batch_create_params import Request


@dataclass(frozen=True)
class Batch:
    """A batch as Anthropic shows it."""

    id: str
    has_ended: bool
    expires_at: datetime


class BatchClient(DraftClient):
    """The Message Batches API, asked for drafts."""

    async def submit(self, prompts: Mapping[str, DraftPrompt]) -> Batch:
        """Send all prompts as one batch, each under its own id; return the batch.

        Never sent twice: the API has no key to know a batch by.

        Raises:
            DraftApiError: As :meth:`write`. A :class:`LaterDraftError` that may be
                billed means that Anthropic may have the batch.
        """
        import anthropic

        self._need_key()
        requests: list[Request] = [
            {"custom_id": name, "params": self._params(prompt)}
            for name, prompt in prompts.items()
        ]
        try:
            made = await self._client.messages.batches.create(requests=requests)
        except anthropic.AnthropicError as error:
            raise translated(error) from error
        return _shown(made)

    async def look(self, batch_id: str) -> Batch:
        """Return how far a batch is.

        Raises:
            DraftApiError: As :meth:`write`.
        """
        import anthropic

        self._need_key()
        try:
            found = await self._client.messages.batches.retrieve(batch_id)
        except anthropic.AnthropicError as error:
            raise translated(error) from error
        return _shown(found)

    async def results(self, batch_id: str) -> dict[str, Reply[DraftAnswer] | None]:
        """Return the replies of a batch that has ended, by the ids of its requests.

        ``None``: the request failed, expired or was cancelled, and costs nothing.

        Raises:
            DraftApiError: As :meth:`write`.
        """
        import anthropic

        self._need_key()
        found: dict[str, Reply[DraftAnswer] | None] = {}
        try:
            async for line in await self._client.messages.batches.results(batch_id):
                found[line.custom_id] = self._result(line.result)
        except anthropic.AnthropicError as error:
            raise translated(error) from error
        except ValueError as error:
            raise LaterDraftError("Anthropic's results could not be read.") from error
        return found

    async def cancel(self, batch_id: str) -> None:
        """Ask that nothing more of a batch is done; what was done is billed.

        Raises:
            DraftApiError: As :meth:`write`.
        """
        import anthropic

        self._need_key()
        try:
            await self._client.messages.batches.cancel(batch_id)
        except anthropic.AnthropicError as error:
            raise translated(error) from error

    def _result(self, result: Any) -> Reply[DraftAnswer] | None:  # noqa: ANN401 - a union of the SDK
        if result.type != "succeeded":
            return None
        try:
            return self._read(result.message, result.message.id)
        except LaterDraftError:
            return None


def _shown(batch: "MessageBatch") -> Batch:
    return Batch(batch.id, batch.processing_status == "ended", batch.expires_at)
