"""What a draft carries beside its text: what was asked for, and a card of its link."""

from galley.models import Draft, Extras, LinkCard, WriteDraft, extras_for
from galley.platforms.fields import is_web_address
from galley.platforms.registry import rules_for

LINK_PLACE = "{link}"
"""Stands for the source's address in a first comment that was asked for."""
_LONGEST_ADDRESS = 2048
"""What a card holds."""


def asked_extras(task: WriteDraft) -> Extras | None:
    """Return the extras without a card of our own making.

    A new draft keeps what a reviewer changed in the last one.
    """
    if task.previous is not None:
        asked = task.previous.extras
        if asked is None or _card(asked) is None or _card(asked) != _card_of(task):
            return asked
        return _with_card(asked, None)
    asked = task.options.posting.networks.on(task.channel.platform)
    comment: str | None = getattr(asked, "first_comment", None)
    if asked is None or not comment or LINK_PLACE not in comment:
        return asked
    said = comment.replace(LINK_PLACE, task.source.link or "").strip()
    return asked.model_copy(update={"first_comment": said})


def with_link_card(draft: Draft, task: WriteDraft) -> Draft:
    """Show the link in the text as a card, where the network has them and no media.

    In a thread the link stands in the last post and a card would stand on the first.
    """
    card, rules = _card_of(task), rules_for(task.channel.platform)
    extras = draft.extras or extras_for(task.channel.platform)
    may_have_one = (
        rules.has_link_card
        and rules.required_media is None
        and not draft.thread
        and not draft.slides
        and getattr(extras, "form", None) is None
        and extras.platform is task.channel.platform
    )
    if card is None or not may_have_one or _card(extras) is not None:
        return draft
    if card.url not in draft.text or _was_removed(task):
        return draft
    return draft.model_copy(update={"extras": _with_card(extras, card)})


def _was_removed(task: WriteDraft) -> bool:
    """Tell whether the last draft could have had a card and a reviewer took it away."""
    last = task.previous
    if last is None or last.thread or (task.source.link or "") not in last.text:
        return False
    return last.extras is None or _card(last.extras) is None


def _card_of(task: WriteDraft) -> LinkCard | None:
    link = task.source.link or ""
    is_usable = is_web_address(link) and len(link) <= _LONGEST_ADDRESS
    options = task.options
    is_wanted = options.posting.link_cards and not options.media.card
    return LinkCard(url=link) if is_wanted and is_usable else None


def _card(extras: Extras) -> LinkCard | None:
    card: LinkCard | None = getattr(extras, "link_card", None)
    return card


def _with_card(extras: Extras, card: LinkCard | None) -> Extras:
    return extras.model_copy(update={"link_card": card})
