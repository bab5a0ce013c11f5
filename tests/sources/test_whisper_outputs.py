from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.sources.recordings import UnreadableOutputError, input_for, transcript_of

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["text", "chunks", "segments", "timestamp", "start", "end", "language"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "output",
    [
        {"text": "x", "chunks": [{"text": " The ferry. ", "timestamp": [1.5, 3]}]},
        {"segments": [{"text": "The ferry.", "start": 1.5, "end": 3, "id": 0}]},
    ],
    ids=["chunks", "segments"],
)
def test_what_was_said_has_its_times(output: dict[str, Any]) -> None:
    cue = transcript_of(output, 10).cues[0]

    assert (cue.start, cue.end, cue.text) == (1.5, 3, "The ferry.")


def test_the_last_chunk_may_be_open() -> None:
    output = {"chunks": [{"text": "Go.", "timestamp": [8, None]}]}

    assert transcript_of(output, 10).cues[0].end == 10


def test_a_text_without_times_is_said_in_all_of_the_part() -> None:
    cue = transcript_of({"text": "The ferry."}, 10).cues[0]

    assert (cue.start, cue.end) == (0, 10)


@pytest.mark.parametrize("output", [{"chunks": []}, {"text": ""}, {"segments": []}])
def test_silence_is_a_transcript_too(output: dict[str, Any]) -> None:
    assert transcript_of(output, 10).cues == ()


@pytest.mark.parametrize("output", [None, [], "text", {}, {"image": "x"}])
def test_what_is_no_transcript_is_refused(output: object) -> None:
    with pytest.raises(UnreadableOutputError):
        transcript_of(output, 10)


@given(JSON)
def test_no_answer_breaks_the_reader(output: object) -> None:
    try:
        found = transcript_of(output, 10)
    except UnreadableOutputError:
        return
    assert all(0 <= cue.start <= cue.end <= 10 for cue in found.cues)


def test_a_known_model_is_asked_for_times() -> None:
    asked = input_for("vaibhavs10/incredibly-fast-whisper:3ab8", "https://x")

    assert asked == {"audio": "https://x", "task": "transcribe", "timestamp": "chunk"}
    assert input_for("someone/whisper", "https://x") == {"audio": "https://x"}
