"""Galley's own clients, answered from the files of a run."""

import json
from typing import cast

from pydantic import ValidationError
from typing_extensions import override

from bench.drafts.folder import Json, RunFolder
from emulators.anthropic.cache import count_tokens
from galley.clients.anthropic import ChoosingClient, DraftClient, StructuredClient
from galley.drafting.answers import AnswerT, ChoicesAnswer, DraftAnswer, Prompt, Reply, ReplyKind
from galley.models.budget import TokenUse

MODEL = "claude-sonnet-5-5"


class FiledClient(StructuredClient[AnswerT]):
    """Writes down what would be sent, and reads what was answered.

    Args:
        folder: The run.
        about: Names the requests: ``linkedin`` makes ``linkedin-1``, ``linkedin-2``.
        shape: What an answer is.
    """

    @override
    def __init__(self, folder: RunFolder, about: str, shape: type[AnswerT]) -> None:
        self.shape = shape
        model = folder.manifest.model
        super().__init__(api_key="none", base_url="http://127.0.0.1:9", model=model)
        self._folder = folder
        self._name = about
        self._calls = 0

    @override
    async def write(self, prompt: Prompt) -> Reply[AnswerT]:
        self._calls += 1
        params = cast("Json", self.request(prompt))
        text = self._folder.ask(f"{self._name}-{self._calls}", params)
        use = TokenUse(
            input_tokens=count_tokens(json.dumps(params, ensure_ascii=False)),
            output_tokens=count_tokens(text),
        )
        try:
            answer, detail = self.shape.model_validate_json(text), ""
        except ValidationError as error:
            answer, detail = None, str(error)
        return Reply(
            kind=ReplyKind.OK if answer else ReplyKind.INVALID,
            model=self.model,
            request_id="",
            usage=use,
            text=text,
            answer=answer,
            detail=detail,
        )

    @override
    async def count(self, prompt: Prompt) -> int:
        return count_tokens(prompt.rules + prompt.source)


class FiledChoices(FiledClient[ChoicesAnswer], ChoosingClient):
    """Choices among drafts from files."""

    @override
    def __init__(self, folder: RunFolder, about: str) -> None:
        super().__init__(folder, about, ChoicesAnswer)


class FiledDrafts(FiledClient[DraftAnswer], DraftClient):
    """Drafts from files."""

    @override
    def __init__(self, folder: RunFolder, about: str) -> None:
        super().__init__(folder, about, DraftAnswer)
