"""What one order of a model is: its name, its inputs, and how it is known again."""

import asyncio
import hashlib
import re
import uuid
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from activities.generation.media_models import MediaModel
from activities.keeping.staging import is_staged
from galley.clients.model_inputs import ModelInputError
from galley.clients.speech_inputs import words_input
from galley.clients.storage import ObjectStore
from galley.media.narration import script_of, spoken_scenes
from galley.models import Model, OrderKind, OrderMedia, Persona
from galley.platforms.registry import rules_for
from galley.prompts.pictures import picture_alt_text, picture_prompt

_KEPT = re.compile(r"brand/[0-9a-f]{64}\.jpg")
_T = TypeVar("_T", bound=Model)


@dataclass(frozen=True)
class MediaOrder:
    """One order: a draft, or what is said of it, a model and a number have one name.

    ``size`` is in pixels; ``script`` is what is read aloud, ``portrait`` the object of
    the state bucket that shows who says it.
    """

    task: OrderMedia
    model: MediaModel
    size: tuple[int, int]
    script: str = ""
    portrait: str = ""

    @property
    def name(self) -> str:
        """Its name in the state bucket, without ending."""
        what = self.task.draft.model_dump_json()
        if self.script:
            # Other words of the draft may change, and the same is said.
            what = f"{self.model.voice}\0{self.model.own}\0{self.script}"
        if self.task.narration:
            what = f"{self.model.own}\0{self.portrait}\0{self.task.narration.sha256}"
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
        if task.narration:
            said = " ".join(task.narration.alt_text.split())
            return f"A generated video of a person who says: {said}"[:limit]
        text = picture_alt_text(task.kind, task.draft, words=self.model.words)
        return text[:limit]


class MediaInputs:
    """Makes the inputs of orders.

    Args:
        state: The state bucket, where personas are.
        avatar_seconds: How long an avatar may speak.
    """

    def __init__(self, state: ObjectStore, avatar_seconds: float) -> None:
        self._state = state
        self._avatar_seconds = avatar_seconds

    async def order_of(
        self, task: OrderMedia, model: MediaModel, size: tuple[int, int]
    ) -> MediaOrder:
        """Return the order of a task.

        Raises:
            MediaError: Nothing of the draft can be read aloud.
            NoConsentError: The persona does not say that its portrait may speak.
        """
        portrait = ""
        if task.for_avatar or task.kind is OrderKind.AVATAR:
            portrait = portrait_of(await self._persona(task))
        if task.kind is not OrderKind.SPEECH:
            return MediaOrder(task, model, size, portrait=portrait)
        most = (self._avatar_seconds,) if task.for_avatar else ()
        language = task.language or "en"
        scenes = await asyncio.to_thread(spoken_scenes, task.draft, language, *most)
        return MediaOrder(task, model, size, script_of(scenes))

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
        if order.task.kind is OrderKind.AVATAR:
            return await self._speaking(order)
        prompt = picture_prompt(
            order.task.kind,
            order.task.draft,
            await self._persona(order.task),
            uuid.uuid4().hex[:12],
            words=order.model.words,
        )
        return await order.model.inputs(prompt, order.size, order.name), "prompt"

    async def _speaking(self, order: MediaOrder) -> tuple[dict[str, object], str]:
        sound = order.task.narration
        if sound is None or not is_staged(sound.staged_as):
            raise ModelInputError("There is nothing to say: narrate the draft first.")
        client, suffix = order.model.client, sound.staged_as.rpartition(".")[2]
        portrait = await self._bytes(order.portrait)
        spoken = await self._bytes(sound.staged_as)
        # Only who has the token can read them there, for a day.
        return await order.model.avatar(
            await client.upload(portrait, "portrait.jpg"),
            await client.upload(spoken, f"speech.{suffix}"),
        )

    async def _bytes(self, name: str) -> bytes:
        data = await self._state.get(name)
        if data is None:
            raise ModelInputError(
                "The portrait or the speech is gone from the state bucket: start the "
                "campaign again with a new --edition."
            )
        return data

    async def _persona(self, task: OrderMedia) -> Persona | None:
        if task.options.persona is None:
            return None
        name = f"personas/{task.options.persona.sha256}.json"
        return read(Persona, await self._state.get(name))


class NoConsentError(Exception):
    """Nobody may be made to speak; the message says why."""


def portrait_of(persona: Persona | None) -> str:
    """Return the object that holds a persona's portrait.

    Raises:
        NoConsentError: There is none, or nobody says that it may speak.
    """
    avatar = persona.avatar if persona else None
    if avatar is None or not _KEPT.fullmatch(avatar.portrait):
        raise NoConsentError(
            "Nobody speaks: the persona has no avatar. Name a portrait in it."
        )
    if not avatar.consent:
        raise NoConsentError(
            "Nobody speaks: the persona does not say that whoever is shown agrees. Set "
            "avatar.consent in it to true if that is so."
        )
    return avatar.portrait


def read(model: type[_T], data: bytes | None) -> _T | None:
    """Return an object of the state bucket; ``None`` if it is none or damaged."""
    try:
        return model.model_validate_json(data) if data else None
    except ValidationError:
        return None
