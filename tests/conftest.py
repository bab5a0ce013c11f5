"""Fixtures for every room: a real fake-gcs-server, and a clean end of the run."""

import fcntl
import gc
import itertools
import os
import subprocess
import sys
import zlib
from collections.abc import Generator, Iterator
from operator import itemgetter
from pathlib import Path

import pytest
from google.cloud import storage
from hypothesis import HealthCheck, Phase, settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from emulators.launch import launch_gcs, wait_until_ready
from galley.clients.storage import ObjectStore
from galley.clients.stores.google import GoogleStore, connect_storage
from galley.clients.stores.s3 import S3Store
from galley.settings import Settings
from tests.forking import end_server, start_server
from tests.ports import free_port
from tests.replicate_emulator import replicate_emulator, reset
from tests.s3_server import KEYS, let_anyone_fetch, s3_client, s3_server
from tests.stores import NewStore
from tests.supervision import supervise

# How long an example takes says something of the machine, nothing of the rule. CI
# looks at the same examples each time: new ones are found by a person's run.
settings.register_profile(
    "galley",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
    max_examples=40,
)
settings.register_profile(
    "thorough", settings.get_profile("galley"), derandomize=False, max_examples=1000
)
# Of a mutant it counts that it is killed, not by which example: shrinking takes minutes.
settings.register_profile(
    "mutants",
    settings.get_profile("galley"),
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile("galley")

# Temporal and the store are written in Go: a larger heap is collected less often, and one
# thread of code at a time spends nothing on handing work to others (an eighth of Temporal's).
os.environ.setdefault("GOGC", "400")
os.environ.setdefault("GOMAXPROCS", "1")

# It looks into /proc, and nothing but Linux lets a process adopt orphans.
collect_ignore = [] if sys.platform == "linux" else ["test_supervision.py"]

_EXIT_STATUS = pytest.StashKey[int]()
_BUCKET_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def gcs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a fake-gcs-server and give its address, ``http://127.0.0.1:<port>``."""
    folder: Path = tmp_path_factory.mktemp("gcs")
    port = free_port()
    server = launch_gcs(port, folder / "objects", folder / "server.log")
    try:
        wait_until_ready(port, process=server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        try:
            server.wait(timeout=5)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture(scope="session")
def gcs_client(gcs: str) -> Iterator[storage.Client]:
    """Connect the real Google client to the emulator."""
    client = connect_storage(Settings.model_construct(storage_emulator_host=gcs))
    yield client
    client.close()


@pytest.fixture
def new_store(gcs_client: storage.Client) -> NewStore:
    """Give a function that makes a store over a fresh bucket."""

    async def make(kind: str, public_base_url: str | None = None) -> ObjectStore:
        name = f"{kind}-{next(_BUCKET_NUMBERS)}"
        store = GoogleStore(gcs_client, name, public_base_url)
        await store.ensure_bucket()
        return store

    return make


@pytest.fixture
async def state_store(new_store: NewStore) -> ObjectStore:
    """Give a store over a fresh private bucket."""
    return await new_store("state")


@pytest.fixture
async def media_store(new_store: NewStore) -> ObjectStore:
    """Give a store over a fresh public bucket."""
    return await new_store("media")


@pytest.fixture(scope="session")
def replicate_server() -> Iterator[str]:
    """Run a Replicate emulator and give its address."""
    with replicate_emulator() as address:
        yield address


@pytest.fixture
def replicate(replicate_server: str) -> str:
    """Give the address of a Replicate emulator of which nothing was asked yet."""
    reset(replicate_server)
    return replicate_server


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """Run a server of the S3 protocol and give its address."""
    with pytest.MonkeyPatch.context() as patch, s3_server() as address:
        for name, value in KEYS.items():
            patch.setenv(name, value)
        yield address


@pytest.fixture
def new_s3_store(s3: str) -> NewStore:
    """Give a function that makes a store over a fresh bucket of the S3 protocol."""
    client = s3_client(s3)

    async def make(kind: str, public_base_url: str | None = None) -> ObjectStore:
        name = f"{kind}-{next(_BUCKET_NUMBERS)}"
        store = S3Store(client, name, public_base_url or f"{s3}/{name}")
        await store.ensure_bucket()
        if kind == "media":
            let_anyone_fetch(client, name)
        return store

    return make


@pytest.fixture(params=["google", "s3"])
def any_store(request: pytest.FixtureRequest) -> NewStore:
    """Give :func:`new_store` and :func:`new_s3_store` in turn: one set of rules."""
    fixture = "new_store" if request.param == "google" else "new_s3_store"
    return request.getfixturevalue(fixture)


_OF_ONE_STACK = ("campaigns", "web", "agents", "security", "observability")
"""Rooms of which several files use one stack: a process that had one of them starts it, too."""
_LONG = (
    *("end_to_end/test_killed_workers.py", "documents"),
    *("workflows/test_campaign_waits.py", "web"),
    *("end_to_end/test_encryption.py", "test_demo.py"),
    *("chaos", "agents"),
    *("workflows/test_attention.py", "security"),
    *("end_to_end/test_disturbed_buffer.py", "observability"),
    *("end_to_end", "campaigns"),
    *("workflows/test_account.py", "publishing/test_simulation.py"),
    *("cli/test_stack.py", "test_supervision.py", "test_worker.py"),
)
"""Files and rooms that take half a minute and more, the longest first.

Each that mostly waits is followed by one that keeps a core busy.
"""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Have the run watched before anything of it is started; then what its processes share."""
    supervise()
    if config.getoption("numprocesses", None):
        start_server()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None]:
    """Keep the thousands of items out of every later search for garbage, and search seldom."""
    gc.disable()
    found = yield
    gc.enable()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    return found


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Have one process compile a file of tests: the others wait, and read what it wrote."""
    path = collector.path
    compiled = (path.parent / "__pycache__").glob(f"{path.stem}.*-pytest-*.pyc")
    if not isinstance(collector, pytest.Module) or any(compiled):
        return (yield)
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        return (yield)


class _OneStack(LoadFileScheduling):
    """Gives each file to one process, and a room of one stack as if it were a file."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        room = file.removeprefix("tests/").partition("/")[0]
        return room if room in _OF_ONE_STACK else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _OneStack | None:
    """Start a stack once, where several files use it."""
    return _OneStack(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long; mix files that wait with those that keep a core busy."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    ranks = {path: _rank(path) for path in files}
    long = sorted((path for path in files if ranks[path] < len(_LONG)), key=ranks.__getitem__)
    # A room's files are much alike: in their own order, five would wait side by side.
    short = sorted((path for path in files if ranks[path] == len(_LONG)), key=_shuffled)
    # The last are short files, so that all workers end together.
    share = len(short) * 3 / 4 / max(1, len(long))
    places = [(number * share, path) for number, path in enumerate(long)]
    places += [(number + 0.5, path) for number, path in enumerate(short)]
    places.sort(key=itemgetter(0))
    items[:] = [item for _, path in places for item in files[path]]


def _rank(path: Path) -> int:
    name = _name(path)
    found = (n for n, long in enumerate(_LONG) if f"{name}/".startswith(f"{long}/"))
    return next(found, len(_LONG))


def _shuffled(path: Path) -> int:
    """Return the place of a file in an order that is mixed, and the same in all workers."""
    return zlib.crc32(_name(path).encode())


def _name(path: Path) -> str:
    return path.relative_to(Path(__file__).parent).as_posix()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_EXIT_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave before the interpreter's own exit, where Temporal's SDK may abort.

    See https://github.com/temporalio/sdk-python/issues/300: after a run that passed,
    the process ends with SIGABRT or SIGSEGV about once in ten.
    """
    end_server()
    status = config.stash.get(_EXIT_STATUS, None)
    if status is not None and "temporalio.bridge.temporal_sdk_bridge" in sys.modules:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
