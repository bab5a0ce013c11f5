"""The choice among drafts of a post: in which order they are shown, and what is made of it.

``activities/drafting/draft_sets.py`` asks a model to choose; these are the rules around it.
"""

from collections.abc import Sequence

from galley.drafting.answers import ChangeAnswer, ChoiceAnswer, PostAnswer

_SHOWN = frozenset({"title", "headline", "body", "thread", "parts"})


def in_turn(drafts: Sequence[PostAnswer], place: int) -> tuple[PostAnswer, ...]:
    """Return the drafts in the order they are shown: another comes first for each post.

    Whoever chooses among texts favours the first, whoever wrote it.

    Args:
        drafts: Of one post, each of another set.
        place: The place of the post in the list.
    """
    first = place % len(drafts)
    return (*drafts[first:], *drafts[:first])


def as_shown(draft: PostAnswer) -> str:
    """Return the words of a draft as JSON, without what is empty."""
    return draft.model_dump_json(include={name for name in _SHOWN if getattr(draft, name)})


def chosen(shown: Sequence[PostAnswer], choice: ChoiceAnswer | None) -> PostAnswer:
    """Return the draft that was chosen, with its changes; the first where none can be read.

    A change is left out if its words do not stand in the draft, or if it makes a field longer:
    the limits of the network hold for what was written, and are not looked at again.
    """
    if choice is None or not 1 <= choice.draft <= len(shown):
        return shown[0]
    post = shown[choice.draft - 1]
    for change in choice.changes:
        post = _changed(post, change)
    return shown[choice.draft - 1] if post.is_empty else post


def _changed(post: PostAnswer, change: ChangeAnswer) -> PostAnswer:
    def put(text: str) -> str:
        new = text.replace(change.find, change.replace, 1) if change.find else text
        return new if len(new) <= len(text) else text

    return post.model_copy(
        update={
            "title": put(post.title),
            "headline": put(post.headline),
            "body": put(post.body),
            "thread": [put(text) for text in post.thread],
            "parts": [
                part.model_copy(update={"title": put(part.title), "text": put(part.text)})
                for part in post.parts
            ],
        }
    )
