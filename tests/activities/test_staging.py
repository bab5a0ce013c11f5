"""Media go into staging by one way, under the name of their content."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.staging import is_staged, stage
from galley.clients.storage import ObjectStore
from galley.media.probe import DEMUXERS, Probe
from galley.models.media import MediaKind

PICTURES = ("image/gif", "image/jpeg", "image/png", "image/webp")
LOOKED_AT = sorted({*PICTURES, *DEMUXERS, "application/pdf"})
DIGEST = hashlib.sha256(b"bytes").hexdigest()


@pytest.mark.server
@pytest.mark.parametrize("mime", LOOKED_AT)
async def test_whatever_can_be_looked_at_can_be_staged(state_store: ObjectStore, mime: str) -> None:
    found = Probe(kind=MediaKind.IMAGE, mime=mime, size=5, width=1, height=1, codec="")

    first = await stage(state_store, b"bytes", found, "What it shows.")
    again = await stage(state_store, b"bytes", found, "What it shows.")

    assert first == again
    assert is_staged(first.staged_as)
    assert DIGEST in first.staged_as
    assert await state_store.get(first.staged_as) == b"bytes"
    assert first.alt_text == "What it shows."


@given(
    st.sampled_from(["claims/", "uploads/", "staging/", "staging/../claims/"]), st.text(max_size=70)
)
def test_no_other_name_is_taken_for_staged(folder: str, rest: str) -> None:
    assert not is_staged(f"{folder}{rest}/x.jpg")
