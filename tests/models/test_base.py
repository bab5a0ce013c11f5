"""What holds of every value that travels."""

import pytest

from galley.models.draft import Draft


def test_a_copy_with_a_field_that_is_not_there_is_refused() -> None:
    draft = Draft(text="The ferry is late.")

    with pytest.raises(TypeError, match="Draft has no field txt"):
        draft.model_copy(update={"txt": "It is not."})
