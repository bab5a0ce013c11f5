"""Posts whose time is not Galley's to choose: Buffer's queue, and drafts in Buffer."""

from galley.models import CampaignOptions, Delivery, Move, ShareMode, TimingRule
from galley.schedule.timeline import is_timed

_DECIDES = {
    ShareMode.ADD_TO_QUEUE: "Buffer's queue decides when: the next free slot",
    ShareMode.SHARE_NEXT: "Buffer's queue decides when: before all others in it",
    ShareMode.SHARE_NOW: "goes out at once when it is approved",
}
_DRAFT = "a draft in Buffer has no time: a person schedules it there"


def refuse_times(options: CampaignOptions) -> str:
    """Return why the times asked for cannot be kept, or ``""``."""
    delivery = options.posting.delivery
    if delivery.has_due_time or not is_timed(options.timing):
        return ""
    why = "a draft in Buffer has no time of its own"
    if not delivery.save_to_draft:
        why = f"with the mode {delivery.mode} Buffer decides when posts go out"
    return f"No start, stagger or slots can be kept, for {why}: leave either out."


def left_to_buffer(options: CampaignOptions) -> tuple[Move, ...]:
    """Say who decides when a post goes out, and what is therefore not kept."""
    delivery, timing = options.posting.delivery, options.timing
    why = _DRAFT if delivery.save_to_draft else _DECIDES[delivery.mode]
    asked = ("quiet hours", timing.quiet), ("the gap between posts", timing.gap)
    if unkept := " and ".join(name for name, wish in asked if wish):
        why = f"{why}; {unkept} cannot be kept"
    return (Move(rule=TimingRule.QUEUE, why=why),)


def counts_as_scheduled(delivery: Delivery) -> bool:
    """Whether such a post takes one of the places for scheduled posts of the plan."""
    return not delivery.save_to_draft and delivery.mode is not ShareMode.SHARE_NOW
