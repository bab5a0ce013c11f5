"""An answer of Buffer as it came, for checks of what it does with odd requests."""

from dataclasses import dataclass
from typing import cast

from galley.clients.buffer.reading import as_dict, clean
from galley.models import RateWindow


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """HTTP status, rate windows, and the JSON object that was answered."""

    status: int
    windows: tuple[RateWindow, ...]
    payload: dict[str, object]

    @property
    def data(self) -> dict[str, object]:
        """What was asked for, as far as it was answered."""
        return as_dict(self.payload.get("data"))

    @property
    def message(self) -> str:
        """The first error's words, or those of a typed refusal."""
        said = self._fault.get("message") or self._member.get("message")
        return clean(said or "")

    @property
    def code(self) -> str:
        """The first error's code."""
        return clean(as_dict(self._fault.get("extensions")).get("code") or "", 60)

    @property
    def typename(self) -> str:
        """The union member that a write was answered with."""
        return clean(self._member.get("__typename") or "", 60)

    @property
    def post_id(self) -> str:
        """The post that a write made, or nothing."""
        return clean(as_dict(self._member.get("post")).get("id") or "", 60)

    @property
    def _member(self) -> dict[str, object]:
        """The first field that was asked for."""
        return as_dict(next(iter(self.data.values()), None))

    @property
    def _fault(self) -> dict[str, object]:
        faults = self.payload.get("errors")
        if not isinstance(faults, list) or not faults:
            return {}
        return as_dict(cast("list[object]", faults)[0])
