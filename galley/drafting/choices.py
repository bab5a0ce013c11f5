"""The choice among drafts of a post: in which order they are shown, and what is made of it.

``activities/drafting/choosing.py`` asks a model to choose; these are the rules around it.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from galley.drafting.answers import ChoiceAnswer, PostAnswer
from galley.drafting.statements import (
    NumberedPassage,
    PostNotes,
    Sentence,
    fields_of,
    sentences_in,
    statement_of,
    with_fields,
)

_LONGEST_NOTE = 200


@dataclass(frozen=True)
class NumberedSource:
    """What sentences are compared with: the passages as shown, and the text they stand in."""

    passages: Sequence[NumberedPassage]
    text: str
    language: str


# From the beginning of a run of blanks alone: from each of them it would take the square of time.
_EMPTY_LINES = re.compile(r"(?<![ \t])[ \t]*+\n(?:[ \t]*+\n)+")


def in_turn(drafts: Sequence[PostAnswer], place: int) -> tuple[PostAnswer, ...]:
    """Return the drafts in the order they are shown: another comes first for each post.

    Whoever chooses among texts favours the first, whoever wrote it.

    Args:
        drafts: Of one post, each of another set.
        place: The place of the post in the list.
    """
    first = place % len(drafts)
    return (*drafts[first:], *drafts[:first])


def chosen(
    shown: Sequence[PostAnswer],
    choice: ChoiceAnswer | None,
    material: NumberedSource,
    fits: Callable[[str, str], bool] | None = None,
) -> tuple[PostAnswer, PostNotes]:
    """Return the draft that was chosen, with its changes; the first where none can be read.

    A change that makes its sentence longer is left out, unless ``fits`` says of a field and its
    text that the network takes the body, or post of a thread, with all changes: a repair would
    cost one more answer. Then the sentence stays, and stays in doubt.
    """
    if choice is None or not 1 <= choice.draft <= len(shown):
        return shown[0], PostNotes()
    draft = shown[choice.draft - 1]
    sentences = dict(enumerate(sentences_in(draft, material.language), 1))
    wanted = {one.sentence: " ".join(one.replace.split()) for one in choice.changes}
    changes = _that_fit(draft, sentences, wanted, fits or _never)
    post = _changed(draft, sentences, changes)
    if post.is_empty and not draft.is_empty:
        post, changes = draft, {}
    angles = [" ".join(one.split())[:_LONGEST_NOTE] for one in choice.angles]
    angle = angles[choice.draft - 1] if choice.draft <= len(angles) else ""
    return post, PostNotes(
        angle=angle,
        other_angles=tuple(one for one in angles if one and one != angle),
        reason=" ".join(choice.reason.split())[:_LONGEST_NOTE],
        statements=tuple(
            found
            for one in {said.sentence: said for said in choice.sentences}.values()
            if (old := sentences.get(one.sentence))
            and (words := changes.get(one.sentence, old.words))
            and (
                found := statement_of(
                    words,
                    one,
                    material.passages,
                    material.text,
                    material.language,
                    is_rewritten=words != old.words,
                )
            )
        ),
    )


def without(draft: PostAnswer, words: Collection[str], language: str) -> PostAnswer:
    """Return the draft without the sentences of these words."""
    sentences = dict(enumerate(sentences_in(draft, language), 1))
    gone = {number: "" for number, one in sentences.items() if one.words in words}
    return _changed(draft, sentences, gone)


def _never(field: str, text: str) -> bool:
    del field, text
    return False


def _that_fit(
    draft: PostAnswer,
    sentences: Mapping[int, Sentence],
    wanted: Mapping[int, str],
    fits: Callable[[str, str], bool],
) -> dict[int, str]:
    known = {number: words for number, words in wanted.items() if number in sentences}
    roomy = {
        field
        for field, text in fields_of(_changed(draft, sentences, known))
        if field.startswith(("body", "thread")) and fits(field, text)
    }
    longer = {
        number
        for number, words in known.items()
        if sentences[number].field not in roomy and len(words) > len(sentences[number].words)
    }
    # Two sentences beside each other were mended together: half of that would stumble.
    beside = {
        number
        for one in longer
        for number in (one - 1, one, one + 1)
        if number in sentences and sentences[number].field == sentences[one].field
    }
    return {number: words for number, words in known.items() if number not in beside}


def _changed(
    draft: PostAnswer, sentences: Mapping[int, Sentence], changes: Mapping[int, str]
) -> PostAnswer:
    texts = dict(fields_of(draft))
    # From the last to the first, so that the places of those before stay true.
    for number in sorted(changes, reverse=True):
        one, words = sentences[number], changes[number]
        before, after = texts[one.field][: one.start], texts[one.field][one.end :]
        if not words:
            # The space after a sentence goes with it, and so does the paragraph it leaves empty.
            after = after.lstrip(" ")
        text = f"{before}{words}{after}"
        texts[one.field] = text if words else _EMPTY_LINES.sub("\n\n", text).strip()
    return with_fields(draft, texts)
