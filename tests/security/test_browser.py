"""A page of another site, in a real Chromium, against every door of the local stack.

Where there is no ``chromium``, it is not run (conftest.py).
"""

import json
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue

import httpx
import pytest

from tests.cli.stacks import record
from tests.ports import free_port
from tests.security.processes import family_of, listening

pytestmark = [pytest.mark.server, pytest.mark.timeout(240)]

# Each try: a request that a page may send without asking (`no-cors`), or one whose answer it
# wants to read; then a frame over which a person could be made to click.
_PAGE = """<script>
const tries = TRIES, read = [];
(async () => {
  for (const [url, options] of tries) {
    try {
      const answer = await fetch(url, options);
      if (answer.type !== "opaque" && answer.ok) read.push(url);
    } catch {}
  }
  await fetch("/report", {method: "POST", body: JSON.stringify(read)});
})();
</script>"""


@contextmanager
def site(tries: list[tuple[str, dict[str, str]]]) -> Generator[tuple[int, Queue[list[str]]]]:
    """Serve the page, and give its port and what it reports."""
    told: Queue[list[str]] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = _PAGE.replace("TRIES", json.dumps(tries)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            told.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", free_port()), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port, told
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def browser(folder: Path, url: str, *more: str) -> Generator[subprocess.Popen[str]]:
    """Open a page in Chromium; names that end in ``.example`` are turned to this machine."""
    process = subprocess.Popen(  # noqa: S603 - Chromium and our own pages
        [
            *("chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            f"--user-data-dir={folder}",
            "--host-resolver-rules=MAP *.example 127.0.0.1",
            *more,
            url,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def tries_at(address: str) -> list[tuple[str, dict[str, str]]]:
    """Return what a page may try at one address."""
    start = f"{address}/api/v1/namespaces/default/workflows/by-a-page"
    bucket = f"{address}/storage/v1/b?project=x"
    query = json.dumps({"query": "mutation { __typename }"})
    simple = {"method": "POST", "mode": "no-cors"}
    started = {"workflowType": {"name": "Page"}, "taskQueue": {"name": "galley"}}
    return [
        *((f"{address}{path}", {"mode": "cors"}) for path in ("/", "/metrics", "/_emulator/posts")),
        (f"{address}/api/v1/namespaces", {}),
        (f"{address}/storage/v1/b", {}),
        (start, {**simple, "body": json.dumps(started)}),
        (bucket, {**simple, "body": json.dumps({"name": "by-a-page"})}),
        (f"{address}/", {**simple, "body": query}),
        (f"{address}/_emulator/faults", {**simple, "body": "[]"}),
    ]


def test_a_page_of_another_site_reads_and_changes_nothing(folder: Path, tmp_path: Path) -> None:
    ports = record(folder)["ports"]
    # Whatever listens, the random ports of Temporal's server too.
    bound = sorted({port for _, port in listening(family_of(record(folder)["pid"]))})
    tries = [one for port in bound for one in tries_at(f"http://127.0.0.1:{port}")]
    buckets = f"http://127.0.0.1:{ports['gcs']}/storage/v1/b"
    runs = f"http://127.0.0.1:{ports['temporal_ui']}/api/v1/namespaces/default/workflows/by-a-page"

    with site(tries) as (port, told), browser(tmp_path, f"http://other.example:{port}/"):
        read = told.get(timeout=120)

    assert read == []
    assert "by-a-page" not in httpx.get(buckets, trust_env=False).text
    assert httpx.get(runs, trust_env=False).status_code == 404


def test_a_name_that_was_turned_to_this_machine_opens_no_door(folder: Path, tmp_path: Path) -> None:
    """Of all doors tests/security/test_local_stack.py holds it, without a browser."""
    door = f"{record(folder)['ports']['temporal_ui']}/api/v1/namespaces"
    with browser(tmp_path, f"http://rebound.example:{door}", "--dump-dom") as process:
        rebound = process.communicate(timeout=60)[0]

    assert "namespaceInfo" in httpx.get(f"http://127.0.0.1:{door}", trust_env=False).text
    assert "namespaceInfo" not in rebound
    assert "names of its own machine alone" in rebound
