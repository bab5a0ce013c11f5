"""Links by which a person decides from a message: signed, for one proof, one person and some hours.

Workers make them when they send a message, the review pages read them. Whoever holds a token of
these can use it: it stands in no log, no history and no error. The address of a post's page is
none of them: it asks who one is.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import quote

from itsdangerous import BadData, Signer, URLSafeSerializer
from pydantic import AwareDatetime, ValidationError

from galley.models.base import Model

LASTS = timedelta(days=1)
"""Of a link that acts for a person of a team; a message may be forwarded."""
LASTS_UNVERIFIED = timedelta(days=3)
"""Without a team, where anybody who reaches Temporal may decide."""
_LONGEST = 1500
"""Characters of a token; Slack takes 2,000 as the value of a button."""


def page_of_post(pages: str, workflow_id: str) -> str:
    """Return the address of a post's review page; empty without an address of the pages."""
    return f"{pages}/posts/{quote(workflow_id, safe='')}" if pages else ""


class _Link(Model):
    post: str
    until: AwareDatetime

    @property
    def is_over(self) -> bool:
        """Whether it has expired."""
        return datetime.now(UTC) >= self.until


class DecisionLink(_Link):
    """What a link lets its holder do: decide once on this proof, in this person's name."""

    revision: int
    digest: str
    """Of the proof that the message was about."""
    by: str
    """Empty in the buttons of Slack, which says who pressed one."""


class PictureLink(_Link):
    """What an address in a message shows: one picture of one post, and nothing else."""

    sha256: str


_L = TypeVar("_L", DecisionLink, PictureLink)


class DecisionLinks:
    """Makes and reads links, by the secret that workers and review pages share."""

    def __init__(self, secret: str) -> None:
        # Each kind has a key of its own: a link to a picture is none to decide.
        self._secret = secret

    def make(self, link: DecisionLink | PictureLink) -> str:
        """Return a link as one token of an address; the same link is the same token."""
        return str(self._serializer(type(link)).dumps(link.model_dump(mode="json")))

    def read(self, kind: type[_L], token: str) -> _L | None:
        """Return the link, over or not; ``None``: it is not ours."""
        if len(token) > _LONGEST:
            return None
        try:
            found = kind.model_validate(self._serializer(kind).loads(token))
        except (BadData, ValidationError):
            return None
        # Base64 has several spellings of the same bytes.
        return found if self.make(found) == token else None

    def form_token(self, token: str) -> str:
        """Return what the form of a link carries: whoever has the address alone cannot post it."""
        signer = Signer(
            self._secret,
            salt="galley decision form",
            key_derivation="hmac",
            digest_method=hashlib.sha256,
        )
        return signer.get_signature(token).decode()

    def is_form_token(self, token: str, given: str) -> bool:
        """Whether a form is that of a link's page."""
        return secrets.compare_digest(self.form_token(token).encode(), given.encode())

    def _serializer(self, kind: type[Model]) -> URLSafeSerializer:
        signed = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        return URLSafeSerializer(self._secret, salt=f"galley {kind.__name__}", signer_kwargs=signed)
