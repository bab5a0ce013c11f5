"""Who said a passage of a recording, and when."""

from galley.models import Cue, SourceDocument


def cue_at(document: SourceDocument, at: int) -> Cue | None:
    """Return what was said at a character of the text, with who said it.

    A speaker speaks on until the next one is named. Texts without times have no cues.
    """
    read, speaker = 0, ""
    for cue in document.cues:
        speaker = cue.speaker or speaker
        found = document.text.find(cue.text, read)
        if found < 0:
            continue
        read = found + len(cue.text)
        if at < read:
            return cue.model_copy(update={"speaker": speaker})
    return None
