"""The base class of every value that travels between workflows, activities and faces."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict
from typing_extensions import override


class Model(BaseModel):
    """An immutable value with known fields only."""

    model_config = ConfigDict(
        frozen=True,
        # A misspelt field in a signal that a person writes is an error, not a default.
        extra="forbid",
        # Drafts and secrets must not reach histories and logs in the text of an exception.
        hide_input_in_errors=True,
    )

    @override
    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with other values, which are not validated.

        Raises:
            TypeError: There is no such field.
        """
        # Pydantic would set an unknown field without a word, even with extra="forbid".
        unknown = (update or {}).keys() - type(self).model_fields.keys()
        if unknown:
            named = ", ".join(sorted(unknown))
            raise TypeError(f"{type(self).__name__} has no field {named}")
        return super().model_copy(update=update, deep=deep)
