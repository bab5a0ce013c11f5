"""What a campaign stored before it drafts: read back, or said to be missing."""

from functools import partial
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from activities.failures import final
from activities.keeping.documents import stored_document
from galley.clients.storage import ObjectStore
from galley.models import Persona, PersonaRef, SourceDocument, SourceRef
from galley.models.brief import SourceBrief

_T = TypeVar("_T", bound=BaseModel)


async def source_text(state: ObjectStore, sha256: str) -> SourceDocument:
    """Return the text of a source; errors as :func:`_stored`."""
    return await stored_document(state, sha256, partial(final, kind="SourceMissing"))


async def stored_brief(state: ObjectStore, source: SourceRef) -> SourceBrief | None:
    """Return what a long source was condensed to; errors as :func:`_stored`."""
    if source.brief is None:
        return None
    name = f"briefs/{source.brief.sha256}"
    return await _stored(state, SourceBrief, name, "brief of this source")


async def stored_persona(state: ObjectStore, ref: PersonaRef | None) -> Persona | None:
    """Return the persona of a campaign; errors as :func:`_stored`."""
    if ref is None:
        return None
    name = f"personas/{ref.sha256}"
    return await _stored(state, Persona, name, "persona of this campaign")


async def _stored(state: ObjectStore, shape: type[_T], name: str, what: str) -> _T:
    """Read one object of the state bucket.

    Raises:
        ApplicationError: ``SourceMissing``, final: it is gone or cannot be read.
        StoreError: The store gave nothing.
    """
    data = await state.get(f"{name}.json")
    try:
        return shape.model_validate_json(data or b"")
    except ValidationError:
        raise final(
            f"The stored {what} is {'broken' if data else 'gone'}: "
            "start it again with a new --edition.",
            kind="SourceMissing",
        ) from None
