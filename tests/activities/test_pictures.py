"""The pictures of a source are fetched from real sockets, with what they show."""

import asyncio

import pytest
from temporalio.testing import ActivityEnvironment

from activities.sources.pictures import SourcePictures
from galley.clients.storage import ObjectStore
from galley.models.media import MadeMedia
from galley.models.media_orders import FetchPictures
from galley.models.network import Platform
from galley.models.source import SourceDocument, SourceKind, SourcePicture, SourceRef
from galley.settings import Settings
from tests.media.footage import picture, see_through
from tests.serving import answering, serving

pytestmark = pytest.mark.server

PICTURES = {
    "/one.jpg": picture((400, 300)),
    "/two.png": see_through((300, 300)),
    "/icon.png": picture((64, 64)),
    "/again.jpg": picture((400, 300)),
    "/page": b"<!doctype html><p>no picture",
}


async def served(path: str, writer: asyncio.StreamWriter) -> None:
    data = PICTURES.get(path)
    status = "200 OK" if data else "404 Not Found"
    await answering(data or b"", status=status, content_type="image/png")(path, writer)


async def fetched(
    store: ObjectStore,
    host: str,
    platform: Platform,
    *pictures: SourcePicture,
    for_card: bool = False,
) -> MadeMedia:
    document = SourceDocument(
        kind=SourceKind.ARTICLE, title="On ferries", text="A ferry.", pictures=pictures
    )
    name = "cd"[for_card] * 63 + str(len(pictures))
    await store.put_if_absent(
        f"sources/{name}.json", document.model_dump_json().encode(), "application/json"
    )
    source = SourceRef(kind=document.kind, sha256=name, title=document.title, words=2)
    settings = Settings.model_construct(fetch_private_hosts=(host,))
    bringing = SourcePictures(store, settings)
    task = FetchPictures(source=source, platform=platform, for_card=for_card)
    return await ActivityEnvironment().run(bringing.fetch_pictures, task)


async def test_pictures_are_staged_once_and_what_is_none_is_passed_over(
    state_store: ObjectStore,
) -> None:
    async with serving(served) as host:
        found = [
            SourcePicture(url=f"http://{host}{path}", alt_text=f"shows {path}"[:9])
            for path in (*PICTURES, "/gone")
        ]
        found[1] = found[1].model_copy(update={"alt_text": ""})
        made = await fetched(state_store, host, Platform.X, *found)

    assert [one.alt_text for one in made.assets] == ["shows /on", "A picture of: On ferries"]
    assert all(one.staged_as.startswith("staging/") for one in made.assets)
    assert [note[:9] for note in made.notes] == ["Picture 5", "Picture 6"]


async def test_candidates_for_a_card_are_fetched_for_every_network_with_their_credits(
    state_store: ObjectStore,
) -> None:
    async with serving(served) as host:
        found = [
            SourcePicture(url=f"http://{host}{path}", credit="Photo: Ana Ruiz, see @eve")
            for path in ("/logo-big.png", "/one.jpg", "/two.png")
        ]
        made = await fetched(state_store, host, Platform.YOUTUBE, *found, for_card=True)

    assert [one.credit for one in made.assets] == ["Photo: Ana Ruiz, see eve"] * 2
    assert [one.alt_text for one in made.assets] == ["", ""]
    assert made.notes == ()


async def test_a_strangers_alt_texts_pass_the_gate_of_a_models_words(
    state_store: ObjectStore,
) -> None:
    said = "Ana Lind\u202e stole 70 boats, see https://scam.example/win and @eve"
    async with serving(served) as host:
        found = SourcePicture(url=f"http://{host}/one.jpg", alt_text=said)
        made = await fetched(state_store, host, Platform.X, found)

    assert [one.alt_text for one in made.assets] == ["Ana Lind stole 70 boats, see and eve"]
    assert "Alt text 1, in the words of the page" in " ".join(made.claims)
    assert any("Ana Lind" in one for one in made.claims)
    assert any("70" in one for one in made.claims)


async def test_a_network_gets_as_many_as_it_takes(state_store: ObjectStore) -> None:
    async with serving(served) as host:
        found = [SourcePicture(url=f"http://{host}{path}") for path in PICTURES]
        one = await fetched(state_store, host, Platform.PINTEREST, *found)
        none = await fetched(state_store, host, Platform.YOUTUBE, *found)

    assert len(one.assets) == 1
    assert none.assets == ()
    assert "takes videos alone" in none.notes[0]


async def test_a_page_cannot_point_galley_at_its_own_network(state_store: ObjectStore) -> None:
    async with serving(served) as host:
        inside = SourcePicture(url=f"http://{host}/one.jpg")
        made = await fetched(state_store, "example.com:80", Platform.X, inside)

    assert made.assets == ()
    assert "no pictures that can be used" in made.notes[-1]
