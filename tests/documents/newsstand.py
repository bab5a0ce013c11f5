"""What the pages name, there to be read: files of a folder, and a web server."""

import json
import shutil
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from PIL import Image

from galley.clients.team_file import make_key
from tests.documents.shell import ROOT
from tests.end_to_end.texts import article, page
from tests.media.footage import film

_TALK = """WEBVTT

00:00.000 --> 00:01.600
The town built a bridge in nine months.

00:01.600 --> 00:03.200
Why did the ferry cross nine times a day?
"""
HEARD = {
    "text": "The town built a bridge. The ferry stopped for good.",
    "chunks": [
        {"text": "The town built a bridge in nine months.", "timestamp": [0.1, 1.6]},
        {"text": "The ferry stopped for good that day.", "timestamp": [1.6, 3.2]},
    ],
}
"""What is said in every recording, as the emulator of Replicate is told."""
_FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>The town</title>
<item><title>The bridge</title><guid>bridge</guid><link>{address}/article</link>
<pubDate>Mon, 01 Jun 2026 09:00:00 GMT</pubDate></item></channel></rss>
"""


def check_out(folder: Path) -> None:
    """Put into a folder what a checkout has, and a newcomer uses."""
    shutil.copytree(ROOT / "examples", folder / "examples")


def lay_out(folder: Path) -> None:
    """Put the files of their own that commands name into a folder."""
    shutil.copy(ROOT / "examples" / "long" / "episode.vtt", folder)
    shutil.copy(ROOT / "tests" / "recordings" / "ferry.ogg", folder / "episode.ogg")
    shutil.copy(ROOT / "examples" / "persona.yaml", folder)
    (folder / "notes.md").write_text(article("Dover"))
    (folder / "long.txt").write_text("One thing at a time, and each of them once. " * 9)
    Image.new("RGB", (1200, 800), "teal").save(folder / "shore.jpg")
    Image.new("RGB", (800, 800), "navy").save(folder / "pier.png")
    talk(folder / "talk.mp4")
    (folder / "talk.vtt").write_text(_TALK)
    (folder / "talk.de.vtt").write_text(_TALK)
    person = {"name": "Kim", "roles": ["approver"], "key": make_key(folder / "kim-key")}
    (folder / "team.yaml").write_text(json.dumps({"people": [person]}))


def talk(file: Path) -> None:
    """Write a recording as long as a short clip; upright, so that no faces are looked for."""
    film(file, (90, 160), 4, fps=2, sound=True, colour=(30, 90, 90))


@contextmanager
def selling(folder: Path) -> Generator[str]:
    """Serve what the pages fetch from https://example.com; give the address."""
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    address = f"http://127.0.0.1:{server.server_address[1]}"
    (folder / "article").write_text(page("Dover"))
    (folder / "feed.xml").write_text(_FEED.format(address=address))
    talk(folder / "talk.mp4")
    (folder / "talks").mkdir()
    shutil.copy(folder / "talk.mp4", folder / "talks" / "ferry.mp4")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield address
    finally:
        server.shutdown()
        server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def guess_type(self, path: str) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]
        return "text/html" if path.endswith("article") else super().guess_type(path)

    def do_POST(self) -> None:
        """Take a notification, as Slack does."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: a test prints what matters."""
