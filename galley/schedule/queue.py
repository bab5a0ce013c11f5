"""Posts whose time is not Galley's to choose: Buffer's queue, and drafts in Buffer."""

from galley.models import CampaignInput, Delivery, Move, ShareMode, TimingRule
from galley.schedule.timeline import is_timed

_DECIDES = {
    ShareMode.ADD_TO_QUEUE: "Buffer's queue decides when: the next free slot",
    ShareMode.SHARE_NEXT: "Buffer's queue decides when: before all others in it",
    ShareMode.SHARE_NOW: "goes out at once when it is approved",
}
_DRAFT = "a draft in Buffer has no time: a person schedules it there"


def refuse_times(start: CampaignInput) -> str:
    """Return why the times asked for cannot be kept, or ``""``."""
    if start.delivery.has_due_time or not is_timed(start):
        return ""
    why = "a draft in Buffer has no time of its own"
    if not start.delivery.save_to_draft:
        why = f"with the mode {start.delivery.mode} Buffer decides when posts go out"
    return f"No start, stagger or slots can be kept, for {why}: leave either out."


def left_to_buffer(start: CampaignInput) -> tuple[Move, ...]:
    """Say who decides when a post goes out, and what is therefore not kept."""
    delivery = start.delivery
    why = _DRAFT if delivery.save_to_draft else _DECIDES[delivery.mode]
    asked = ("quiet hours", start.quiet), ("the gap between posts", start.gap)
    if unkept := " and ".join(name for name, wish in asked if wish):
        why = f"{why}; {unkept} cannot be kept"
    return (Move(rule=TimingRule.QUEUE, why=why),)


def counts_as_scheduled(delivery: Delivery) -> bool:
    """Whether such a post takes one of the places for scheduled posts of the plan."""
    return not delivery.save_to_draft and delivery.mode is not ShareMode.SHARE_NOW
