"""Which channels a campaign reaches."""

from galley.models import Channel, Delivery, Model, Platform, SkippedChannel


class SelectionError(ValueError):
    """The named channels or platforms cannot be used; the message lists the choices."""


class Selection(Model):
    """The channels to write for, and those left out with the reason."""

    chosen: tuple[Channel, ...]
    skipped: tuple[SkippedChannel, ...] = ()


def select_channels(
    available: tuple[Channel, ...],
    names: tuple[str, ...],
    platforms: tuple[Platform, ...],
    delivery: Delivery = Delivery(),  # noqa: B008 -- it cannot be changed
) -> Selection:
    """Choose by id, name or platform; nothing named means every channel.

    Raises:
        SelectionError: a name is unknown or ambiguous, a platform has no channel, or
            no usable channel is left.
    """
    wanted = _named(available, names) + _on(available, platforms)
    if not names and not platforms:
        wanted = list(available)
    unique = list({channel.id: channel for channel in wanted}.values())
    reasons = {c.id: c.unusable_because(delivery) for c in unique}
    chosen = tuple(c for c in unique if reasons[c.id] is None)
    skipped = tuple(
        SkippedChannel(
            channel_id=c.id,
            channel_name=c.name,
            platform=c.platform,
            reason=f"{c.name} {reasons[c.id]}",
        )
        for c in unique
        if reasons[c.id] is not None
    )
    if not chosen:
        told = "; ".join(f"{s.platform} · {s.reason}" for s in skipped)
        why = told or "Buffer has no channels"
        raise SelectionError(f"No channel can be written for: {why}.")
    return Selection(chosen=chosen, skipped=skipped)


def _named(available: tuple[Channel, ...], names: tuple[str, ...]) -> list[Channel]:
    return [_one(available, name) for name in names]


def _one(available: tuple[Channel, ...], name: str) -> Channel:
    by_id = [c for c in available if c.id == name]
    found = by_id or [c for c in available if c.name.casefold() == name.casefold()]
    if len(found) == 1:
        return found[0]
    choices = ", ".join(f"{c.name} ({c.platform}, {c.id})" for c in found or available)
    problem = "is the name of several channels" if found else "is not a channel"
    raise SelectionError(f"{name!r} {problem}; choose one of: {choices}.")


def _on(
    available: tuple[Channel, ...], platforms: tuple[Platform, ...]
) -> list[Channel]:
    found: list[Channel] = []
    for platform in platforms:
        on_it = [c for c in available if c.platform is platform]
        if not on_it:
            raise SelectionError(
                f"No {platform} channel is connected in Buffer; "
                f"connected are: {', '.join(sorted({c.platform for c in available}))}."
            )
        found += on_it
    return found
