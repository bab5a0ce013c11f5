"""The one base of everything that travels between workflows and activities."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """An immutable value.

    Errors never quote their input: drafts and model replies must not leak into
    histories through an exception's text. Unknown fields are refused, so that a
    misspelt field in a hand-written signal is an error and not a default.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
