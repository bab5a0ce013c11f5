"""Posts as a reviewer would see them, whoever wrote them."""

from collections.abc import Sequence

from pydantic import BaseModel

from galley.drafting.statements import STATEMENTS
from galley.models.draft import Draft, Problem
from galley.models.network import Platform
from galley.networks.registry import rules_for


class JudgedPost(BaseModel):
    """The words of one post, and what Galley's checks say of it."""

    text: str
    thread: tuple[str, ...] = ()
    title: str = ""
    headline: str = ""
    alt_text: str = ""
    problems: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    """What the reviewer is told of sentences that the source does not carry."""

    @classmethod
    def of(cls, draft: Draft, problems: Sequence[Problem]) -> "JudgedPost":
        """Return a draft in this shape."""
        return cls(
            text=draft.text,
            thread=draft.thread,
            title=draft.title,
            headline=draft.headline,
            alt_text=draft.alt_text,
            problems=tuple(one.message for one in problems if one.rule != STATEMENTS),
            doubts=tuple(one.message for one in problems if one.rule == STATEMENTS),
        )

    @property
    def shown(self) -> str:
        """What a judge reads: words only, in the order a reader meets them."""
        parts = [f"Title: {self.title}"] if self.title else []
        parts += [f"Words on the picture: {self.headline}"] if self.headline else []
        parts.append("\n\n[next post of the thread]\n\n".join(self.thread or (self.text,)))
        return "\n\n".join(parts)

    @property
    def opening(self) -> str:
        """The first line of the text."""
        return self.text.strip().partition("\n")[0]


def page_of(posts: dict[Platform, JudgedPost], waiting: Sequence[str]) -> str:
    """Return the posts as a page."""
    parts = [f"Waiting for answers: {', '.join(waiting)}"] if waiting else []
    for platform, post in posts.items():
        parts.append(f"## {rules_for(platform).name}\n\n{post.shown}")
        parts += [f"> {problem}" for problem in (*post.problems, *post.doubts)]
    return "\n\n".join(parts) + "\n"
