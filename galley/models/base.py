"""The one base of everything that travels between workflows and activities."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict
from typing_extensions import override


class Model(BaseModel):
    """An immutable value.

    Errors never quote their input: drafts and model replies must not leak into
    histories through an exception's text. Unknown fields are refused, so that a
    misspelt field in a hand-written signal is an error and not a default.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @override
    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with other values, which are not validated.

        Raises:
            TypeError: There is no such field; pydantic would keep it unseen.
        """
        unknown = (update or {}).keys() - type(self).model_fields.keys()
        if unknown:
            named = ", ".join(sorted(unknown))
            raise TypeError(f"{type(self).__name__} has no field {named}")
        return super().model_copy(update=update, deep=deep)
