"""From the transcripts of a recording's parts to the text of a source."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from galley.models import (
    AudioPart,
    Cue,
    Recording,
    SourceDocument,
    SourceKind,
    SourceSpec,
    Transcript,
)
from galley.models.source import TimedWord
from galley.sources.errors import SourceError
from galley.sources.frontmatter import language_tag
from galley.sources.plain import clean_line, require_length
from galley.sources.transcripts import paragraphs

_TITLE = 200
_CUE = 10_000
_WORD = 200


def audio_name(part: AudioPart) -> str:
    """Return the name of a part's sound in the state bucket."""
    return f"audio/{part.sha256}.flac"


def transcript_name(part: AudioPart, model: str) -> str:
    """Return the name of a part's transcript by a model, in the state bucket."""
    return f"{transcript_folder(part, model)}.json"


def transcript_folder(part: AudioPart, model: str) -> str:
    """Return what the names of all objects of a part and a model begin with."""
    told = hashlib.sha256(model.encode()).hexdigest()[:16]
    return f"transcripts/{part.sha256}/{told}"


def untranscribed(spec: SourceSpec) -> SourceDocument:
    """Return what is known of a recording before it is heard."""
    name = spec.name.partition("?")[0].rstrip("/") if spec.url else spec.name
    stem = clean_line(PurePath(name).stem.replace("_", " "), _TITLE)
    return SourceDocument(
        kind=SourceKind.RECORDING,
        title=stem or "Recording",
        # What stands after a question mark may be a key to it.
        link=spec.url if spec.url and "?" not in spec.url else None,
        text="",
        recording=Recording(url=spec.url, upload=spec.upload),
    )


def transcribed(
    document: SourceDocument,
    parts: Sequence[AudioPart],
    transcripts: Sequence[Transcript],
) -> SourceDocument:
    """Return the document with what was said, and when, from the beginning.

    Raises:
        SourceError: Nothing was said, or too much to be read.
    """
    cues = tuple(
        placed
        for part, transcript in zip(parts, transcripts, strict=True)
        for placed in _placed(part, transcript.cues)
    )
    text = paragraphs(cues)
    if not text:
        raise SourceError(
            f"Nobody speaks in {document.title[:80]!r}, as far as can be heard: give a "
            "recording of speech, or the text as a file."
        )
    return document.model_copy(
        update={
            "text": require_length(text, document.title[:80]),
            "cues": cues,
            "recording": None,
            "heard": document.recording,
            "language": document.language or _language(parts, transcripts),
        }
    )


def _placed(part: AudioPart, cues: Iterable[Cue]) -> Iterable[Cue]:
    for cue in cues:
        text = clean_line(cue.text, _CUE)
        if text:
            start, end = _moved(part, cue)
            words = tuple(_placed_words(part, cue.words))
            yield cue.model_copy(
                update={"start": start, "end": end, "text": text, "words": words}
            )


def _placed_words(part: AudioPart, words: Iterable[TimedWord]) -> Iterable[TimedWord]:
    for word in words:
        text = clean_line(word.text, _WORD)
        if text:
            start, end = _moved(part, word)
            yield TimedWord(start=start, end=end, text=text)


def _moved(part: AudioPart, said: Cue | TimedWord) -> tuple[float, float]:
    start = min(said.start, part.seconds)
    end = min(max(said.end, start), part.seconds)
    return round(part.start + start, 3), round(part.start + end, 3)


def _language(
    parts: Sequence[AudioPart], transcripts: Sequence[Transcript]
) -> str | None:
    """Return the language that most of the time was spoken; music may seem any."""
    spoken = Counter[str]()
    for part, transcript in zip(parts, transcripts, strict=True):
        if transcript.language and transcript.cues:
            spoken[transcript.language] += round(part.seconds * 1000)
    return language_tag(spoken.most_common(1)[0][0]) if spoken else None
