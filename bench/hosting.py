"""The cost of hosting a medium, beside the bare client: ``python -m bench.hosting``.

Each asset is staged, made public by a copy within the store, fetched as a stranger and
compared, all by the real activity. Beside it, in turn, the store's client alone uploads
as many bytes, has them copied into the other bucket, and gets them back: no way from
private staging to bytes that were seen in public does less. Then a thousand assets, and
the memory of the process. Real servers on loopback: fake-gcs-server, and Moto's of the
S3 protocol.
"""

import asyncio
import hashlib
import os
import secrets
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from temporalio.testing import ActivityEnvironment

from activities.media.hosting import PublicHosting
from bench.report import keep, leave, machine, memory_mib
from emulators.launch import launch_gcs, wait_until_ready
from galley.clients.public_fetch import PublicFetch
from galley.clients.stores.buckets import Stores, open_stores
from galley.clients.stores.google import GoogleStore
from galley.clients.stores.s3 import S3Store
from galley.models.media import MediaKind, StagedAsset
from galley.models.media_orders import RehostAssets
from galley.settings import Settings
from tests.ports import free_port
from tests.s3_server import KEYS, let_anyone_fetch, s3_client, s3_server, s3_settings

_SIZES = {"picture": 400_000, "film": 20_000_000}
_ROUNDS = {"picture": 60, "film": 8}
_MANY = 1000


@dataclass(frozen=True)
class Cost:
    """Medians of milliseconds an asset, with shares of the bare client's time."""

    store: str
    medium: str
    size: int
    bare_upload: float
    bare_copy: float
    bare_get: float
    staged: float
    made_public: float

    @property
    def of_an_upload(self) -> float:
        """The time of all of Galley's steps as a multiple of one bare upload."""
        return (self.staged + self.made_public) / self.bare_upload

    @property
    def of_the_bare_client(self) -> float:
        """The same, as a multiple of an upload that is copied and fetched once."""
        bare = self.bare_upload + self.bare_copy + self.bare_get
        return (self.staged + self.made_public) / bare


async def _milliseconds(step: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await step()
    return (time.perf_counter() - began) * 1000


def _asset(data: bytes) -> StagedAsset:
    digest = hashlib.sha256(data).hexdigest()
    return StagedAsset(
        kind=MediaKind.IMAGE,
        mime="image/jpeg",
        sha256=digest,
        size=len(data),
        width=1,
        height=1,
        staged_as=f"staging/{digest}.jpg",
    )


async def _stage(stores: Stores, asset: StagedAsset, data: bytes) -> None:
    await stores.state.put_if_absent(asset.staged_as, data, asset.mime, same=True)


def _bare_copy(stores: Stores, name: str) -> None:
    state, media = stores.state, stores.media
    if isinstance(state, S3Store):
        state.client.copy_object(
            Bucket=media.name, Key=name, CopySource={"Bucket": state.name, "Key": name}
        )
    elif isinstance(state, GoogleStore):
        client = state.client
        original = client.bucket(state.name).blob(name)
        client.bucket(media.name).blob(name).rewrite(original)


async def _publish(hosting: PublicHosting, asset: StagedAsset) -> None:
    task = RehostAssets(assets=(asset,))
    await ActivityEnvironment().run(hosting.rehost_assets, task)


async def measure(store: str, medium: str, stores: Stores) -> Cost:
    """Take turns, so that a slow moment of the machine is everybody's."""
    hosting = PublicHosting(stores.state, stores.media, PublicFetch(may_be_private=True))
    taken: dict[str, list[float]] = defaultdict(list)
    for _ in range(_ROUNDS[medium] + 1):
        data = secrets.token_bytes(_SIZES[medium])
        asset, bare = _asset(data), f"bare/{secrets.token_hex(16)}"

        async def put(name: str = bare, content: bytes = data) -> None:
            await stores.state.put_if_absent(name, content, "image/jpeg")

        async def copy(name: str = bare) -> None:
            await asyncio.to_thread(_bare_copy, stores, name)

        async def get(name: str = bare) -> None:
            await stores.state.get(name)

        async def stage(one: StagedAsset = asset, content: bytes = data) -> None:
            await _stage(stores, one, content)

        async def publish(one: StagedAsset = asset) -> None:
            await _publish(hosting, one)

        steps = {"put": put, "copy": copy, "get": get, "stage": stage, "publish": publish}
        for name, step in steps.items():
            taken[name].append(await _milliseconds(step))
    # The first of each makes connections.
    typical = {name: statistics.median(found[1:]) for name, found in taken.items()}
    return Cost(
        store=store,
        medium=medium,
        size=_SIZES[medium],
        bare_upload=typical["put"],
        bare_copy=typical["copy"],
        bare_get=typical["get"],
        staged=typical["stage"],
        made_public=typical["publish"],
    )


async def many(stores: Stores) -> list[tuple[int, float]]:
    """Keep a thousand assets; return the process's memory in MiB after each hundred."""
    hosting = PublicHosting(stores.state, stores.media, PublicFetch(may_be_private=True))
    seen: list[tuple[int, float]] = []
    for number in range(1, _MANY + 1):
        data = secrets.token_bytes(_SIZES["picture"])
        asset = _asset(data)
        await _stage(stores, asset, data)
        await _publish(hosting, asset)
        if number % 100 == 0:
            seen.append((number, round(memory_mib("self"), 1)))
            print(f"{number} assets: {seen[-1][1]} MiB", flush=True)
    return seen


@asynccontextmanager
async def _google(folder: Path) -> AsyncGenerator[Stores]:
    port = free_port()
    server = launch_gcs(port, folder / "gcs", folder / "gcs.log")
    try:
        wait_until_ready(port, process=server)
        here = f"http://127.0.0.1:{port}"
        stores = open_stores(Settings.model_construct(storage_emulator_host=here))
        await stores.state.ensure_bucket()
        await stores.media.ensure_bucket()
        yield stores
    finally:
        server.terminate()
        server.wait()


@asynccontextmanager
async def _s3() -> AsyncGenerator[Stores]:
    # boto3 reads keys from the environment alone.
    os.environ.update(KEYS)
    with s3_server() as address:
        settings = s3_settings(address, state_bucket="s3://state", media_bucket="s3://media")
        stores = open_stores(settings)
        await stores.state.ensure_bucket()
        await stores.media.ensure_bucket()
        let_anyone_fetch(s3_client(address), "media")
        yield stores


async def run() -> None:
    """Measure, print, and keep the result."""
    measured_on, costs = machine(), list[Cost]()
    with tempfile.TemporaryDirectory() as folder:
        async with _google(Path(folder)) as stores:
            costs += [await measure("google", medium, stores) for medium in _SIZES]
            memory = await many(stores)
    async with _s3() as stores:
        costs.append(await measure("s3", "picture", stores))
    figures = [
        asdict(cost)
        | {
            "of_an_upload": round(cost.of_an_upload, 2),
            "of_the_bare_client": round(cost.of_the_bare_client, 2),
        }
        for cost in costs
    ]
    keep("hosting", {"costs": figures, "memory_mib": memory}, measured_on)


if __name__ == "__main__":
    asyncio.run(run())
    leave()
