"""A Buffer that keeps what it is asked to create, and counts every request."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from galley.models.publishing import BufferPost
from tests.publishing.ledger import Ledger, Limit


@dataclass
class Kept:
    """A post as the model keeps it, by the words nobody else has."""

    id: str
    text: str
    due_at: datetime
    shown_from: datetime
    status: str = "scheduled"

    def seen(self) -> BufferPost:
        return BufferPost(
            id=self.id,
            channel_id="c",
            status=self.status,
            text=self.text,
            due_at=self.due_at,
            external_link="https://example.com/1" if self.status == "sent" else None,
        )


@dataclass
class Model:
    """Buffer: what it keeps, and every request it ever counted."""

    limits: tuple[Limit, ...]
    posts: list[Kept] = field(default_factory=list[Kept])
    made: int = 0
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.limits)

    def create(self, text: str, due_at: datetime, now: datetime, hides: float) -> Kept:
        self.made += 1
        shown = now + timedelta(seconds=hides)
        post = Kept(f"post-{self.made}", text, due_at, shown)
        self.posts.append(post)
        return post

    def publish(self, now: datetime) -> None:
        for post in self.posts:
            if post.status == "scheduled" and post.due_at <= now:
                post.status = "sent"

    def of(self, text: str) -> list[Kept]:
        return [post for post in self.posts if post.text == text]
