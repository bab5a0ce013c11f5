"""Let a model answer the requests of a run: what a person does by hand otherwise."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bench.drafts.folder import Json, RunError, RunFolder
from galley.models.budget import TokenUse
from galley.settings import Settings

if TYPE_CHECKING:
    from anthropic.types.message_create_params import MessageCreateParamsNonStreaming

_PATIENCE = 900.0
"""Seconds: a whole set, or a judgement of eleven pairs, is a long answer."""


class Model:
    """Anthropic's Messages API, asked with the very bodies that lie in the files."""

    def __init__(self, api_key: str, base_url: str) -> None:
        from anthropic import AsyncAnthropic  # takes a second to load

        self._client = AsyncAnthropic(api_key=api_key, base_url=base_url, timeout=_PATIENCE)

    @classmethod
    def from_environment(cls) -> "Model":
        """Return a client with the key of the environment.

        Raises:
            RunError: There is none.
        """
        if not os.environ.get("ANTHROPIC_API_KEY"):
            raise RunError("Set ANTHROPIC_API_KEY, or let somebody answer the files by hand.")
        settings = Settings()
        key = settings.anthropic_api_key
        return cls(key.get_secret_value() if key else "", settings.anthropic_base_url)

    async def answer_all(self, folder: RunFolder) -> int:
        """Answer every open request of a run, and return how many there were."""
        names = folder.open_requests()
        for name in names:
            text, use = await self._answered(folder.request(name))
            folder.answer(name, text, use)
        return len(names)

    async def judge(self, pairs: Path, request: Json, judge: str) -> None:
        """Judge the pairs of a folder under a name."""
        text, _ = await self._answered(request)
        (pairs / "answers" / f"{judge}.json").write_text(text, encoding="utf-8")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _answered(self, params: Json) -> tuple[str, TokenUse]:
        asked = cast("MessageCreateParamsNonStreaming", params)
        message = await self._client.messages.create(**asked)
        usage = message.usage
        read = usage.cache_read_input_tokens or 0
        written = usage.cache_creation_input_tokens or 0
        return (
            "".join(part.text for part in message.content if part.type == "text"),
            TokenUse(
                input_tokens=usage.input_tokens + read + written,
                output_tokens=usage.output_tokens,
                cached_tokens=read,
                cache_written_tokens=written,
            ),
        )
