"""Who a browser is: one-time tokens, links of clients, and the sessions that follow from them.

A session lives in this process alone: whoever stops the server signs everybody out.
"""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from itsdangerous import BadData, URLSafeSerializer
from pydantic import AwareDatetime, BaseModel, ValidationError

from galley.models.team import Team

COOKIE = "galley_session"
SIGNED_IN_SECONDS = 12 * 60 * 60
_IDLE_SECONDS = 2 * 60 * 60
_TOKEN_SECONDS = 60 * 60
"""A printed address that nobody opened within an hour opens nothing any more."""
_SAID_SECONDS = 6.0
_MOST_SESSIONS = 1000
_MOST_OF_A_LINK = 20


class Link(BaseModel):
    """What a client's link says: the one campaign that its holder may see and decide on."""

    campaign: str
    client: str
    by: str
    """The person who made it."""
    until: AwareDatetime


class Links:
    """Makes and reads the links of clients, by a secret."""

    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeSerializer(secret, salt="galley client link")

    def make(self, link: Link) -> str:
        """Return a link as one token of an address."""
        return str(self._serializer.dumps(link.model_dump(mode="json")))

    def read(self, token: str, team: Team | None = None) -> Link | None:
        """Return the link, unless it is not ours, has expired, or its maker has left the team."""
        try:
            found = Link.model_validate(self._serializer.loads(token))
        except (BadData, ValidationError):
            return None
        has_left = team is not None and team.person(found.by) is None
        return None if has_left or datetime.now(UTC) >= found.until else found


@dataclass
class Session:
    """A signed-in browser."""

    person: str
    """The name that is recorded with what this person decides."""
    until: float
    seen: float
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    """Each form carries it: a page of another site cannot know it."""
    link: Link | None = None
    """Of a client; ``None``: a person who signed in."""
    unsent: dict[str, str] = field(default_factory=dict[str, str])
    """Reasons of rejections that are not sent yet, by post: one taken back keeps its own."""
    edits: dict[str, tuple[int, list[str]]] = field(
        default_factory=dict[str, tuple[int, list[str]]]
    )
    """Edits that their post has not taken yet, as a worker may have died: variant and texts."""
    _told: dict[str, tuple[float, str]] = field(default_factory=dict[str, tuple[float, str]])
    """Each sentence, when it was first shown, and on which page."""

    def tell(self, sentence: str) -> None:
        """Say something on the next page, such as what became of a decision."""
        self._told[sentence] = (0.0, "")

    def hear(self, path: str) -> list[str]:
        """Return what a page says now; if it loads itself again, it says it again."""
        now = time.monotonic()
        self._told = {
            sentence: (at or now, where or path)
            for sentence, (at, where) in self._told.items()
            if not at or (where == path and now - at < _SAID_SECONDS)
        }
        return [*self._told]


class Sessions:
    """The browsers that are signed in; each is looked up by the hash of its cookie."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._open: dict[bytes, Session] = {}

    def begin(self, person: str, link: Link | None = None) -> str:
        """Return the cookie of a new session."""
        # The oldest goes first: a dictionary keeps the order of its keys. Whoever has a link
        # begins sessions without end: they end each other, and never those of people.
        if link is not None:
            same = [key for key, one in self._open.items() if one.link == link]
            for key in same[: max(0, len(same) - _MOST_OF_A_LINK + 1)]:
                del self._open[key]
        while len(self._open) >= _MOST_SESSIONS:
            by_link = (key for key, one in self._open.items() if one.link is not None)
            del self._open[next(by_link, next(iter(self._open)))]
        cookie, now = secrets.token_urlsafe(32), self._now()
        self._open[_hashed(cookie)] = Session(person, now + SIGNED_IN_SECONDS, now, link=link)
        return cookie

    def find(self, cookie: str, *, is_use: bool = True) -> Session | None:
        """Return the session of a cookie, unless it has ended; a use lets it go on."""
        found, now = self._open.get(_hashed(cookie)), self._now()
        if found is None:
            return None
        is_over = found.link is not None and datetime.now(UTC) >= found.link.until
        if is_over or now > found.until or now - found.seen > _IDLE_SECONDS:
            self.end(cookie)
            return None
        if is_use:
            found.seen = now
        return found

    def end(self, cookie: str) -> None:
        """Forget a session: its cookie is worth nothing any more."""
        self._open.pop(_hashed(cookie), None)


def _hashed(cookie: str) -> bytes:
    # Looked up by its hash, a wrong cookie gives no hint of how much of it is right.
    return hashlib.sha256(cookie.encode()).digest()


class OneTimeToken:
    """The token of the address that a command printed: a file that the first sign-in removes.

    A file, so that a command of the same folder can print a new address for a server that runs.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def redeem(self, given: str) -> bool:
        """Whether this is the token; it opens the door once."""
        try:
            is_fresh = time.time() - self._path.stat().st_mtime < _TOKEN_SECONDS
            wanted = self._path.read_text()
        except OSError:
            return False
        if not (is_fresh and secrets.compare_digest(given.encode(), wanted.encode())):
            return False
        self._path.unlink(missing_ok=True)
        return True
