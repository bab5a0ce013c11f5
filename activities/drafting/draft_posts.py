"""The final text of one post, or the posts of a thread, with link and hashtags."""

from collections.abc import Sequence

from activities.drafting.draft_forms import SINGLE
from galley.models import Extras, SourceDocument, WriteDraft
from galley.platforms.composing import compose
from galley.platforms.own_limits import counts_for, own_limit
from galley.platforms.registry import rules_for
from galley.platforms.splitting import Thread, warning_of

Posts = tuple[str, ...]
Tags = tuple[str, ...]


class PostTexts:
    """Puts clean words together as the channel's network wants them."""

    def __init__(
        self, task: WriteDraft, document: SourceDocument, extras: Extras | None
    ) -> None:
        channel = task.channel
        self._rules = rules_for(channel.platform)
        self._link = task.source.link or ""
        is_single = task.options.form in SINGLE
        has_threads = self._rules.max_thread > 1 and not is_single
        self._makes_threads = task.options.makes_threads and has_threads
        self._thread = Thread(
            counts=counts_for(channel.platform, own_limit(channel)),
            most=self._rules.max_thread,
            numbered=task.options.posting.numbered,
            before=warning_of(extras),
            language=(document.language or "en")[:2],
        )

    def write(self, items: Sequence[str], tags: Tags) -> tuple[Posts, Tags]:
        """Return the post or the thread, and the hashtags there was room for.

        Link and hashtags stand in the last post of a thread. In a single post,
        hashtags give way to the text.
        """
        *before, body = items
        last, kept = self._last(body, tags)
        is_whole = not before and self._thread.fits(last)
        if is_whole or not self._makes_threads:
            return (*before, last), kept
        whole = self._composed(body, tags)
        tail = whole.removeprefix(body.strip()).strip()
        return self._thread.split([*before, whole], tail), tags

    def _last(self, body: str, tags: Tags) -> tuple[str, Tags]:
        text = self._composed(body, tags)
        while tags and not self._thread.fits(text):
            tags = tags[:-1]
            text = self._composed(body, tags)
        return text, tags

    def _composed(self, body: str, tags: Tags) -> str:
        return compose(self._rules, body, tags, self._link)
