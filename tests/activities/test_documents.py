"""A source that was read is read back, or what is wrong with it is said."""

import pytest
from temporalio.testing import ActivityEnvironment

from activities.sources.documents import store_document, stored_document
from activities.sources.pictures import SourcePictures
from galley.clients.storage import ObjectStore
from galley.models.media_orders import FetchPictures
from galley.models.network import Platform
from galley.models.source import SourceDocument, SourceKind, SourceRef
from galley.settings import Settings
from galley.sources.text import SourceError

pytestmark = pytest.mark.server

GONE = SourceRef(kind=SourceKind.ARTICLE, sha256="e" * 64, title="A ferry", words=2)


async def test_a_stored_document_is_read_back(state_store: ObjectStore) -> None:
    document = SourceDocument(kind=SourceKind.ARTICLE, title="A ferry", text="One.")
    source = await store_document(state_store, document, 60)

    assert await stored_document(state_store, source.sha256, SourceError) == document


@pytest.mark.parametrize(("stored", "said"), [(None, "gone"), (b"{", "broken")])
async def test_what_cannot_be_read_back_is_said_as_the_caller_says_it(
    state_store: ObjectStore, stored: bytes | None, said: str
) -> None:
    name = f"{len(said):064x}"
    if stored is not None:
        await state_store.put_if_absent(f"sources/{name}.json", stored, "text/plain")

    with pytest.raises(SourceError, match=f"source is {said}: start it again"):
        await stored_document(state_store, name, SourceError)


async def test_a_post_without_its_source_gets_no_pictures_and_a_reason(
    state_store: ObjectStore,
) -> None:
    bringing = SourcePictures(state_store, Settings.model_construct())
    task = FetchPictures(source=GONE, platform=Platform.X)

    made = await ActivityEnvironment().run(bringing.fetch_pictures, task)

    assert made.assets == ()
    assert "source is gone: start it again" in made.notes[0]
