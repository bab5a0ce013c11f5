"""Instants as Buffer writes them: UTC, milliseconds, ``Z``."""

from datetime import UTC, datetime


def to_buffer(moment: datetime) -> str:
    """Return an aware instant as ``2026-04-02T03:50:10.896Z``."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def from_buffer(text: str | None) -> datetime | None:
    """Return an instant in UTC; one without offset is UTC, nonsense is ``None``."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
