"""The proof of a post: the complete list of what leaves for Buffer, and its digest.

``galley.review.proof`` makes it of a post, ``galley.publishing.request`` makes the request of it.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC
from typing import Self

import rfc8785
from pydantic import AwareDatetime, Field, JsonValue, field_validator

from galley.models.base import Model
from galley.models.channel import Delivery, ShareMode
from galley.models.draft import Provenance
from galley.models.media import MediaKind
from galley.models.network import Extras, Platform

_SHOWN = 80
"""Characters of a text that a difference shows."""
_QUEUE = {
    ShareMode.ADD_TO_QUEUE: "the next free slot of Buffer's queue",
    ShareMode.SHARE_NEXT: "the front of Buffer's queue",
    ShareMode.SHARE_NOW: "at once",
}


class ProofAsset(Model):
    """One picture, film or document of a proof; its SHA-256 stands for its bytes."""

    kind: MediaKind
    mime: str
    sha256: str
    size: int
    alt_text: str = ""


class ProofChange(Model):
    """One difference between two proofs: the field, and a short form of both values."""

    field: str
    before: str
    after: str

    @property
    def words(self) -> str:
        """The difference as the end of a sentence."""
        name = self.field.replace("_", " ").replace(".", " ")
        verb = "moved" if self.field == "time" else "changed"
        return f"the {name} {verb} from {self.before or 'nothing'} to {self.after or 'nothing'}"


class PastProof(Model):
    """A proof that was replaced, and the differences of the next one."""

    digest: str
    revision: int
    changes: tuple[ProofChange, ...]
    proof: "Proof | None" = None
    """Itself, kept of the latest alone: a person sees the whole difference to it."""


class Proof(Model):
    """The complete list of what leaves, as a person approves it.

    ``due_at`` is the time that was asked for; ``None``: right after approval, or Buffer's queue
    decides, as ``delivery`` says. Hash, order and alt text of each asset are in ``assets``, the
    poster frame of a film in ``extras``.
    """

    channel_id: str
    platform: Platform
    brand: str = ""
    """Whose policy it is held to; empty without a persona."""
    text: str
    thread: tuple[str, ...] = ()
    title: str = ""
    link: str = ""
    board_service_id: str = ""
    assets: tuple[ProofAsset, ...] = ()
    extras: Extras | None = None
    delivery: Delivery = Delivery()
    due_at: AwareDatetime | None = None
    provenance: Provenance | None = Field(
        default=None, description="Who wrote it: a person is told whose words they approve."
    )

    @field_validator("due_at")
    @classmethod
    def _in_utc(cls, at: AwareDatetime | None) -> AwareDatetime | None:
        # One instant has one spelling, so that it has one digest; Buffer takes whole seconds.
        return at.astimezone(UTC).replace(microsecond=0) if at else None

    @property
    def canonical(self) -> bytes:
        """The proof as RFC 8785 spells JSON: the bytes of its digest."""
        return canonical(self)

    @property
    def digest(self) -> str:
        """The SHA-256 of the canonical form; it changes with any field."""
        return hashlib.sha256(self.canonical).hexdigest()

    @property
    def when(self) -> str:
        """When it goes out, in words."""
        if self.delivery.save_to_draft:
            return "when a person schedules it in Buffer"
        if not self.delivery.has_due_time:
            return _QUEUE[self.delivery.mode]
        return f"{self.due_at:%Y-%m-%d %H:%M:%S %Z}" if self.due_at else "right after approval"

    def differences(self, other: Self) -> tuple[ProofChange, ...]:
        """Return the differences from this proof to ``other``; the time is told as one."""
        mine, theirs = dict(_leaves(self)), dict(_leaves(other))
        changed = [ProofChange(field="time", before=self.when, after=other.when)]
        for name in dict.fromkeys((*mine, *theirs)):
            before, after = mine.get(name, ""), theirs.get(name, "")
            if before != after and name not in {"due_at", "delivery.mode"}:
                changed.append(ProofChange(field=name, before=_cut(before), after=_cut(after)))
        return tuple(one for one in changed if one.before != one.after or one.field != "time")


PastProof.model_rebuild()


def canonical(value: Model) -> bytes:
    """Return a model as RFC 8785 spells JSON."""
    return rfc8785.dumps(value.model_dump(mode="json"))


def _leaves(proof: Proof) -> Iterator[tuple[str, str]]:
    def walk(name: str, value: JsonValue) -> Iterator[tuple[str, str]]:
        match value:
            case dict():
                for key, inner in value.items():
                    yield from walk(f"{name}.{key}" if name else key, inner)
            case list():
                for number, inner in enumerate(value, 1):
                    yield from walk(f"{name}.{number}", inner)
            case None:
                return
            case _:
                yield name, str(value)

    return walk("", proof.model_dump(mode="json"))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}\N{HORIZONTAL ELLIPSIS}"
