"""How well a part is: the words of `doctor`."""

from enum import StrEnum


class Health(StrEnum):
    """How well a part is."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
