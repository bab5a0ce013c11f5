"""What one order of a model is: its name, its inputs, and how it is known again."""

import hashlib
import uuid
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from activities.media_models import MediaModel
from galley.clients.speech_inputs import words_input
from galley.clients.storage import ObjectStore
from galley.media.narration import script_of, spoken_scenes
from galley.models import Model, OrderKind, OrderMedia, Persona
from galley.platforms.registry import rules_for
from galley.prompts.pictures import picture_alt_text, picture_prompt

_T = TypeVar("_T", bound=Model)


@dataclass(frozen=True)
class MediaOrder:
    """One order: a draft, or what is said of it, a model and a number have one name.

    ``size`` is in pixels; ``script`` is what is read aloud.
    """

    task: OrderMedia
    model: MediaModel
    size: tuple[int, int]
    script: str = ""

    @property
    def name(self) -> str:
        """Its name in the state bucket, without ending."""
        what = self.task.draft.model_dump_json()
        if self.script:
            # Other words of the draft may change, and the same is said.
            what = f"{self.model.voice}\0{self.model.own}\0{self.script}"
        digest = hashlib.sha256(f"{self.model.name}\0{what}".encode()).hexdigest()
        folder = self.task.post_key.replace(":", "/", 1)
        return f"generated/{folder}/{digest[:16]}.{self.task.number}"

    @property
    def alt_text(self) -> str:
        """What it is said to show; of speech, what is said."""
        if self.script:
            return self.script
        task = self.task
        limit = rules_for(task.channel.platform).alt_limit or 0
        text = picture_alt_text(task.kind, task.draft, words=self.model.words)
        return text[:limit]


def order_of(task: OrderMedia, model: MediaModel, size: tuple[int, int]) -> MediaOrder:
    """Return the order of a task.

    Raises:
        MediaError: Nothing of the draft can be read aloud.
    """
    if task.kind is not OrderKind.SPEECH:
        return MediaOrder(task, model, size)
    scenes = spoken_scenes(task.draft, task.language or "en")
    return MediaOrder(task, model, size, script_of(scenes))


class MediaInputs:
    """Makes the inputs of orders.

    Args:
        state: The state bucket, where personas are.
    """

    def __init__(self, state: ObjectStore) -> None:
        self._state = state

    async def of(self, order: MediaOrder) -> tuple[dict[str, object], str]:
        """Return an order's inputs, and the name of the one by which it is known.

        A picture's prompt has a random word in its fence, so no other order has it.
        Speech has no room for one: two orders that are known by the same words give the
        same sound.

        Raises:
            ModelInputError: The model cannot be asked for it.
            ReplicateFailure: Its schema cannot be read.
        """
        if order.task.kind is OrderKind.SPEECH:
            inputs = await order.model.speech(order.script)
            return inputs, words_input(inputs)
        prompt = picture_prompt(
            order.task.kind,
            order.task.draft,
            await self._persona(order.task),
            uuid.uuid4().hex[:12],
            words=order.model.words,
        )
        return await order.model.inputs(prompt, order.size, order.name), "prompt"

    async def _persona(self, task: OrderMedia) -> Persona | None:
        if task.persona is None:
            return None
        name = f"personas/{task.persona.sha256}.json"
        return read(Persona, await self._state.get(name))


def read(model: type[_T], data: bytes | None) -> _T | None:
    """Return an object of the state bucket; ``None`` if it is none or damaged."""
    try:
        return model.model_validate_json(data) if data else None
    except ValidationError:
        return None
