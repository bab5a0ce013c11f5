"""Each fact beside the passage it was found in."""

from app.records.facts import passages_of
from cli.commands.inbox import fact_lines
from galley.drafting.facts import finder_for, grounds_of
from galley.models.draft import Draft, FactOrigin, Provenance, Variant
from galley.models.network import Platform
from galley.models.post import PostState, PostView
from galley.models.source import Cue, SourceDocument, SourceKind
from galley.sources.text import cue_at
from galley.sources.transcripts import read_transcript

VTT = b"""WEBVTT

00:00:01.000 --> 00:00:04.000
<v Ines Moreau>We printed 84 sheets that night.

00:01:05.000 --> 00:01:09.000
<v Tom Okafor>Nobody counted them twice, and nobody slept.
"""
BRIEF = "Say that it was in Porto."
TEXTS = ("84 sheets, said Ines Moreau in Porto.", "It took 90 sheets.")


def document() -> SourceDocument:
    cues, text = read_transcript(VTT, "text/vtt", "night.vtt")
    return SourceDocument(kind=SourceKind.PODCAST, title="The night shift", text=text, cues=cues)


SOURCE = document()
GROUNDS = grounds_of(((FactOrigin.SOURCE, SOURCE.text), (FactOrigin.BRIEF, BRIEF)), "en")


def view(*texts: str, by: str = "model") -> PostView:
    finder = finder_for(GROUNDS)
    found = [
        Variant(draft=Draft(text=text), facts=finder.facts(Draft(text=text))) for text in texts
    ]
    return PostView(
        workflow_id="post:aa11:c1",
        campaign_id="campaign:aa11",
        platform=Platform.X,
        channel_id="c1",
        channel_name="C",
        state=PostState.IN_REVIEW,
        revision=1,
        draft=found[0].draft,
        facts=found[0].facts,
        provenance=Provenance(drafter=by),
        variants=tuple(found) if len(found) > 1 else (),
    )


def test_a_fact_stands_beside_its_passage_and_who_said_it_when() -> None:
    found = passages_of(view(TEXTS[0]), SOURCE, GROUNDS, numbered=False)
    by_words = {one.words: one for one in found}
    number, name, place = (by_words[w] for w in ("84", "Ines Moreau", "Porto"))

    assert (number.origin, number.found, number.said_by) == ("source", "84", "Ines Moreau")
    assert number.said_at == 1.0
    assert number.before.endswith("We printed ")
    assert number.after.startswith(" sheets that night.")
    assert SOURCE.text[name.start : name.end] == "Ines Moreau"
    assert (place.origin, place.said_by, place.said_at) == ("brief", "", None)


def test_what_nobody_gave_is_said_to_stand_nowhere() -> None:
    shown = view(TEXTS[1])

    (claim,) = passages_of(shown, SOURCE, GROUNDS, numbered=False)
    lines = list(fact_lines(shown, [claim]))

    assert (claim.words, claim.origin) == ("90", None)
    assert lines[1].strip().startswith("nowhere")


def test_the_facts_of_each_variant_are_told_apart() -> None:
    shown = view(*TEXTS)

    found = passages_of(shown, SOURCE, GROUNDS, numbered=False)
    lines = list(fact_lines(shown, found))

    assert {one.variant for one in found} == {1, 2}
    assert [line for line in lines if line.startswith("Variant")] == [
        "Variant 1: 2 in the source, 1 in your words",
        "Variant 2: 1 nowhere",
    ]


def test_a_draft_without_facts_says_so() -> None:
    (line,) = fact_lines(view("Nothing to look up here.", by="person:kim"), [])

    assert line.startswith("The draft states no")


def test_a_speaker_speaks_on_until_the_next_is_named() -> None:
    cues = (
        Cue(start=0, end=1, text="Good evening.", speaker="Ines"),
        Cue(start=1, end=2, text="We begin."),
        Cue(start=2, end=3, text="Thank you.", speaker="Tom"),
    )
    told = SourceDocument(
        kind=SourceKind.PODCAST,
        title="T",
        text="Ines: Good evening. We begin.\n\nTom: Thank you.",
        cues=cues,
    )

    said = [cue_at(told, told.text.index(word)) for word in ("We", "Thank")]

    assert [one and (one.speaker, one.start) for one in said] == [("Ines", 1), ("Tom", 2)]
    assert cue_at(told.model_copy(update={"cues": ()}), 0) is None
