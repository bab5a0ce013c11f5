"""The pages do what they say: each command is run, or listed with a reason."""

from collections.abc import Iterator
from itertools import groupby

import pytest

from tests import replicate_emulator
from tests.cli.running import begin
from tests.cli.stacks import end, record, until
from tests.documents.fillings import (
    BEFORE,
    ELSEWHERE,
    ENDS,
    FILLED,
    PAGES_ELSEWHERE,
    PLANNED,
    SETTINGS,
)
from tests.documents.newsstand import HEARD, lay_out, selling
from tests.documents.reader import Reader
from tests.documents.shell import Shown, shown

pytestmark = [pytest.mark.server, pytest.mark.timeout(500)]


def is_elsewhere(one: Shown) -> bool:
    line = " ".join(one.words).removeprefix("uv run ")
    return line.startswith(tuple(ELSEWHERE))


BARE = [one.line for one in shown()]
HERE = {
    page: [one for one in commands if not is_elsewhere(one)]
    for page, commands in groupby(shown(), key=lambda one: one.page)
}
PAGES = [page for page in HERE if HERE[page] and page not in PAGES_ELSEWHERE]


@pytest.fixture(name="reader", scope="module")
def _reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("reader").resolve()
    lay_out(folder)
    with selling(folder / "web") as web:
        host = web.removeprefix("http://")
        settings = {
            "GALLEY_PUBLISH_LEAD_SECONDS": "2",
            "GALLEY_TRANSCRIBE": "replicate",
            # Looks after a pull-back, and the gap to each, in fractions of a second.
            "GALLEY_RECONCILE_PAUSES": "[0.2,0.5,1]",
            "GALLEY_FETCH_PRIVATE_HOSTS": f'["{host}"]',
        }
        (folder / ".env").write_text(
            "".join(f"{name}='{value}'\n" for name, value in settings.items())
        )
        process = begin(folder, "up", "--free-ports")
        try:
            until(
                lambda: record(folder).get("ready") or process.poll() is not None, 200
            )
            replicate_emulator.tell(
                f"http://127.0.0.1:{record(folder)['ports']['replicate']}", HEARD
            )
            reader = Reader(folder, web)
            assert process.stdout
            reader.told_by_up = [process.stdout.readline() for _ in range(2)]
            yield reader
        finally:
            end(process)


@pytest.fixture(scope="module")
def campaigns(reader: Reader) -> None:
    """Start what the pages speak of, all at once: drafts are there when asked for."""
    for page in PAGES:
        reader.begin(page, HERE[page])


def test_no_line_for_a_command_outlives_it() -> None:
    lines = [f"{line} {line.removeprefix('uv run ')}" for line in BARE]
    known = [*ELSEWHERE, *PLANNED, *ENDS, *SETTINGS, *FILLED]

    assert [one for one in known if not any(one in line for line in lines)] == []


def test_up_says_at_once_where_posts_and_runs_are_seen(reader: Reader) -> None:
    ports = record(reader.folder)["ports"]

    assert reader.told_by_up == [
        f"Temporal UI: http://127.0.0.1:{ports['temporal_ui']}\n",
        f"Posts in Buffer: http://127.0.0.1:{ports['buffer']}\n",
    ]


@pytest.mark.usefixtures("campaigns")
@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_works(page: str, reader: Reader) -> None:
    if page in BEFORE:
        first = [BEFORE[page][0], reader.campaigns[page], *BEFORE[page][1:]]
        until(lambda: reader.starter(*first).returncode == 0, 150)
    for one in HERE[page]:
        reader.try_out(one, HERE[page])
    reader.resume(HERE[page])
