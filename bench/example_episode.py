"""A podcast's feed with one episode that has no transcript, and its recording."""

import asyncio
from email.utils import format_datetime
from xml.sax.saxutils import escape

from bench.example_sources import DAY
from tests.hearing import FERRY
from tests.serving import answering

_TITLE = "The ferry road"


class Station:
    """Serves the feed and the recording of one episode."""

    def __init__(self) -> None:
        self.host = ""
        self._sound = FERRY.read_bytes()

    @property
    def url(self) -> str:
        """The feed's address."""
        return f"http://{self.host}/feed.xml"

    async def answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        if path.endswith(".ogg"):
            await answering(self._sound, content_type="audio/ogg")(path, writer)
        else:
            served = answering(self._feed(), content_type="application/rss+xml")
            await served(path, writer)

    def _feed(self) -> bytes:
        sound = escape(f"http://{self.host}/ferry.ogg")
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>'
            "<title>Names that stay</title><link>https://example.com/names</link>"
            "<description>Why places are called what they are called.</description>"
            f"<item><title>{_TITLE}</title><guid>names-1</guid>"
            f"<pubDate>{format_datetime(DAY)}</pubDate>"
            f'<enclosure url="{sound}" length="{len(self._sound)}" type="audio/ogg"/>'
            "</item></channel></rss>"
        ).encode()
