"""Reading sources, over real sockets and the real store."""

import hashlib

import pytest
from google.cloud import storage
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.sources.documents import SourceReading
from galley.clients.storage import ObjectStore
from galley.clients.stores.google import GoogleStore
from galley.models.source import SourceDocument, SourceKind, SourceRef, SourceSpec
from galley.settings import Settings
from galley.sources.identity import spec_for
from tests.ports import free_port
from tests.serving import Handler, answering, serving

pytestmark = pytest.mark.server

ARTICLE = b"""<!doctype html><html lang=en><head><title>On proofs</title></head><body>
<article><h1>On proofs</h1><p>The proof is the last copy that an editor reads before the
press runs, and every shop kept one for the record.</p></article></body></html>"""
MARKDOWN = b"---\ntitle: On ink\nlink: https://example.com/ink\n---\nInk is black."


async def read(
    state: ObjectStore, spec: SourceSpec, private_hosts: tuple[str, ...] = ()
) -> SourceRef:
    settings = Settings.model_construct(fetch_private_hosts=private_hosts)
    reading = SourceReading(state, settings)
    return await ActivityEnvironment().run(reading.read_source, spec)


async def read_page(state: ObjectStore, handler: Handler) -> SourceRef:
    async with serving(handler) as host:
        return await read(state, spec_for(f"http://{host}/a?utm_source=x"), (host,))


async def read_upload(state: ObjectStore, name: str, data: bytes) -> SourceRef:
    spec = spec_for(name, data)
    await state.put_if_absent(f"uploads/{spec.upload}", data, "text/plain")
    return await read(state, spec)


async def stored(state: ObjectStore, source: SourceRef) -> SourceDocument:
    data = await state.get(f"sources/{source.sha256}.json")
    assert data is not None
    assert hashlib.sha256(data).hexdigest() == source.sha256
    return SourceDocument.model_validate_json(data)


async def test_a_page_is_stored_and_only_a_reference_comes_back(state_store: ObjectStore) -> None:
    source = await read_page(state_store, answering(ARTICLE))

    document = await stored(state_store, source)
    assert document.text.startswith("The proof is the last copy")
    assert (source.title, source.language) == ("On proofs", "en")
    assert source.words == len(document.text.split())
    assert source.link is not None
    assert source.link.endswith("/a")
    assert "last copy" not in source.model_dump_json()


async def test_the_same_text_is_stored_once(state_store: ObjectStore) -> None:
    first = await read_upload(state_store, "ink.md", MARKDOWN)
    second = await read_upload(state_store, "ink.md", MARKDOWN)

    assert first == second


async def test_a_markdown_page_is_read_as_markdown(state_store: ObjectStore) -> None:
    source = await read_page(state_store, answering(MARKDOWN, content_type="text/markdown"))

    assert (source.kind, source.title) == (SourceKind.ARTICLE, "On ink")
    # Its front matter names another site.
    assert source.link
    assert source.link.startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("ink.md", MARKDOWN, SourceKind.MARKDOWN),
        ("ink.txt", b"Ink is black.", SourceKind.TEXT),
        ("ink.yaml", b"- Write about ink", SourceKind.PROMPTS),
        ("ink.prompts.txt", b"Write about ink", SourceKind.PROMPTS),
        ("saved.html", ARTICLE, SourceKind.ARTICLE),
    ],
)
async def test_every_kind_of_upload_is_read(
    state_store: ObjectStore, name: str, data: bytes, kind: SourceKind
) -> None:
    source = await read_upload(state_store, name, data)

    assert source.kind is kind
    assert (await stored(state_store, source)).text


async def test_a_text_is_long_above_the_setting_and_a_prompt_list_never(
    state_store: ObjectStore,
) -> None:
    long, short = b"Ink is black. " * 5_200, b"Ink is black. " * 5_100
    prompts = b"- " + b"Write about ink and paper. " * 60 + b"\n"

    sources = [
        await read_upload(state_store, "long.txt", long),
        await read_upload(state_store, "short.txt", short),
        await read_upload(state_store, "ink.yaml", prompts * 48),
    ]

    assert [source.size > 72_000 for source in sources] == [True, False, True]
    assert [source.is_long for source in sources] == [True, False, False]


async def failure(
    state: ObjectStore, spec: SourceSpec, private_hosts: tuple[str, ...] = ()
) -> ApplicationError:
    with pytest.raises(ApplicationError) as caught:
        await read(state, spec, private_hosts)
    assert "\n" not in caught.value.message
    return caught.value


async def test_an_upload_that_is_missing_is_final(state_store: ObjectStore) -> None:
    error = await failure(state_store, spec_for("ink.md", MARKDOWN))

    assert (error.type, error.non_retryable) == ("SourceError", True)
    assert "was not uploaded" in error.message


async def test_an_upload_that_was_changed_is_refused(state_store: ObjectStore) -> None:
    spec = spec_for("ink.md", MARKDOWN)
    await state_store.put_if_absent(f"uploads/{spec.upload}", b"other", "text/plain")

    error = await failure(state_store, spec)

    assert error.non_retryable
    assert "is not what was uploaded" in error.message


async def test_a_source_of_nothing_is_final(state_store: ObjectStore) -> None:
    spec = SourceSpec(kind=SourceKind.TEXT, name="x")

    assert (await failure(state_store, spec)).non_retryable


@pytest.mark.parametrize(
    ("status", "is_final", "delay"), [("404 Not Found", True, None), ("503 Unavailable", False, 7)]
)
async def test_only_a_status_that_may_pass_is_retried(
    state_store: ObjectStore,
    status: str,
    is_final: bool,  # noqa: FBT001 (a table)
    delay: int | None,
) -> None:
    async with serving(answering(b"", "Retry-After: 7", status=status)) as host:
        error = await failure(state_store, spec_for(f"http://{host}/"), (host,))

    assert (error.type, error.non_retryable) == ("SourceError", is_final)
    seconds = error.next_retry_delay and error.next_retry_delay.total_seconds()
    assert seconds == delay


async def test_a_private_address_is_final(state_store: ObjectStore) -> None:
    error = await failure(state_store, spec_for("http://169.254.169.254/latest/"))

    assert (error.type, error.non_retryable) == ("SourceError", True)


async def test_a_host_that_is_down_is_retried(state_store: ObjectStore) -> None:
    host = f"127.0.0.1:{free_port()}"

    error = await failure(state_store, spec_for(f"http://{host}/"), (host,))

    assert not error.non_retryable


async def test_a_missing_bucket_is_final(gcs_client: storage.Client) -> None:
    state = GoogleStore(gcs_client, "no-such-bucket")

    async with serving(answering(ARTICLE)) as host:
        error = await failure(state, spec_for(f"http://{host}/"), (host,))

    assert (error.type, error.non_retryable) == ("StoreError", True)


async def test_an_error_never_quotes_the_source(state_store: ObjectStore) -> None:
    data = b"---\ntitle: 'the-secret-plan\n---\nthe-secret-plan"
    spec = spec_for("plan.md", data)
    await state_store.put_if_absent(f"uploads/{spec.upload}", data, "text/plain")

    error = await failure(state_store, spec)

    assert "the-secret-plan" not in error.message
    assert "line" in error.message
    assert error.cause is None
