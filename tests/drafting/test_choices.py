"""What an editor may do to drafts: take one, and mend it without making it longer."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from galley.drafting.answers import (
    ChangeAnswer,
    ChoiceAnswer,
    PartAnswer,
    PostAnswer,
    SentenceAnswer,
    Verdict,
)
from galley.drafting.choices import NumberedSource, chosen, in_turn
from galley.drafting.statements import as_shown, passages_of, statement_claims, statement_facts
from galley.models.draft import Doubt, Draft, FactOrigin, tally
from galley.models.source import SourceDocument, SourceKind


def post(body: str, **fields: object) -> PostAnswer:
    empty = PostAnswer(
        network="x",
        skip="",
        body=body,
        thread=[],
        title="",
        headline="",
        alt_text="",
        hashtags=[],
        parts=[],
    )
    return empty.model_copy(update=fields)


def choice(
    draft: int, *changes: tuple[int, str], said: tuple[tuple[int, int, str], ...] = ()
) -> ChoiceAnswer:
    return ChoiceAnswer(
        network="x",
        angles=["the shop", "the hours"],
        draft=draft,
        reason="It is about people.",
        sentences=[
            SentenceAnswer(sentence=at, passage=passage, verdict=Verdict(verdict))
            for at, passage, verdict in said
        ],
        changes=[ChangeAnswer(sentence=at, replace=words) for at, words in changes],
    )


TEXT = "We open at nine.\n\nRosa sells bread. On Fridays she sells ink, too.\n\nNobody complained."
DOCUMENT = SourceDocument(kind=SourceKind.MARKDOWN, text=TEXT, title="Ink", language="en")
MATERIAL = NumberedSource(passages_of(DOCUMENT), TEXT, "en")


def take(shown: Sequence[PostAnswer], told: ChoiceAnswer | None) -> PostAnswer:
    return chosen(shown, told, MATERIAL)[0]


def test_sentences_are_numbered_through_the_fields_of_a_draft_and_their_lines_stay() -> None:
    parts = [PartAnswer(title="Always", text="We are open.")]
    draft = post("One. Two.\n\nThree?", title="A title. Whole.", headline="Words", parts=parts)

    assert as_shown(draft, "en") == (
        "title: [1] A title. Whole.\nheadline: [2] Words\nbody: [3] One. [4] Two.\n\n[5] Three?\n"
        "part.1.title: [6] Always\npart.1.text: [7] We are open."
    )


def test_the_chosen_draft_is_mended_in_every_field_sentence_by_sentence() -> None:
    parts = [PartAnswer(title="Always open", text="We are always open.")]
    draft = post("Yes. We are always open. Come.", title="Always", thread=["Always."], parts=parts)

    mended = take(
        [post("Other."), draft],
        choice(2, (1, "Now"), (3, "We are open."), (5, "Now."), (7, "Open.")),
    )

    assert mended.title == "Now"
    assert mended.body == "Yes. We are open. Come."
    assert mended.thread == ["Now."]
    assert mended.parts == [PartAnswer(title="Always open", text="Open.")]


def test_a_sentence_that_is_taken_out_leaves_no_gap() -> None:
    draft = post("One. Two. Three.\n\nFour.\n\nFive.")

    assert take([draft], choice(1, (2, ""), (4, ""))).body == "One. Three.\n\nFive."


def test_a_change_that_makes_a_sentence_longer_is_left_out_and_stays_in_doubt() -> None:
    draft = post("A third came on Fridays.")

    told = choice(1, (1, "A third of each week came on Fridays."), said=((1, 2, "missing"),))
    same, notes = chosen([draft], told, MATERIAL)

    assert same == draft
    (statement,) = notes.statements
    assert (statement.doubt, statement.is_rewritten) == (Doubt.MISSING, False)


def test_longer_sentences_are_taken_where_the_network_has_room_for_all_of_them() -> None:
    draft = post("Set a limit. Ours is small.", headline="Nine outside.")
    both = (2, "Our limit:"), (3, "our cache of twenty thousand lines.")
    told = choice(1, (1, "Nine dogs stood outside."), *both)

    mended, _ = chosen([draft], told, MATERIAL, lambda _, text: len(text) <= 60)
    tight, _ = chosen([draft], told, MATERIAL, lambda _, text: len(text) <= 40)

    assert mended.body == "Our limit: our cache of twenty thousand lines."
    assert mended.headline == "Nine outside."
    assert tight == draft


def test_changes_that_leave_no_text_are_left_out_together() -> None:
    draft = post("All of it is invented.")

    assert take([draft], choice(1, (1, ""))) == draft


def test_each_statement_has_the_sentence_of_the_passage_it_rests_on() -> None:
    draft = post("Rosa sells ink on Fridays. Everybody loved it. What do you sell?")
    told = choice(1, said=((1, 2, "stated"), (2, 3, "contradicted"), (3, 0, "none")))

    first, second = chosen([draft], told, MATERIAL)[1].statements

    assert TEXT[first.start : first.end] == "On Fridays she sells ink, too."
    assert first.doubt is None
    assert TEXT[second.start : second.end] == "Nobody complained."
    assert second.doubt is Doubt.CONTRADICTED


def test_the_notes_tell_the_angle_of_the_draft_that_was_taken_and_of_the_others() -> None:
    notes = chosen([post("One."), post("Two.")], choice(2), MATERIAL)[1]

    assert (notes.angle, notes.other_angles, notes.reason) == (
        "the hours",
        ("the shop",),
        "It is about people.",
    )


def test_a_doubt_is_a_claim_that_names_the_nearest_passage() -> None:
    draft = post("Rosa sells ink on Fridays. Everybody loved it.")
    told = choice(1, said=((1, 2, "stated"), (2, 3, "contradicted")))
    notes = chosen([draft], told, MATERIAL)[1]
    out = Draft(text=f"{draft.body}\n\n#Ink")

    facts = statement_facts(out, notes.statements)
    (claim,) = statement_claims(out, facts, {FactOrigin.SOURCE: TEXT})

    assert [fact.is_claim for fact in facts] == [True, False]
    assert [out.text[fact.start : fact.end] for fact in facts] == [
        "Everybody loved it.",
        "Rosa sells ink on Fridays.",
    ]
    assert claim.is_claim
    assert "Everybody loved it." in claim.message
    assert "Nobody complained." in claim.message
    assert tally(facts) == "1 of 2 sentences supported"


def test_a_sentence_that_was_worded_anew_since_is_no_statement_any_more() -> None:
    told = choice(1, said=((1, 3, "missing"),))
    notes = chosen([post("Everybody loved it.")], told, MATERIAL)[1]

    assert statement_facts(Draft(text="Nobody complained."), notes.statements) == ()


def test_a_headline_that_is_a_sentence_of_the_text_is_one_statement() -> None:
    told = choice(1, said=((1, 2, "stated"), (2, 2, "stated")))
    notes = chosen([post("Rosa sells ink.", headline="Rosa sells ink.")], told, MATERIAL)[1]

    assert len(notes.statements) == 2
    assert len(statement_facts(Draft(text="Rosa sells ink."), notes.statements)) == 1


@given(st.integers())
def test_an_answer_that_names_no_draft_takes_the_first(number: int) -> None:
    drafts = [post("One."), post("Two.")]

    assert take(drafts, choice(number)) in drafts
    assert take(drafts, None) == drafts[0]
    if number not in {1, 2}:
        assert take(drafts, choice(number)) == drafts[0]


@given(
    st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 5), st.text(max_size=8)), max_size=4),
    st.lists(st.tuples(st.integers(), st.integers(), st.sampled_from(list(Verdict))), max_size=4),
    st.integers(0, 30),
)
def test_no_change_makes_a_post_longer_or_empty(
    bodies: list[str],
    changes: list[tuple[int, str]],
    said: list[tuple[int, int, Verdict]],
    place: int,
) -> None:
    shown = in_turn([post(body) for body in bodies], place)

    for number, draft in enumerate(shown, start=1):
        told = choice(number, *changes, said=tuple((a, b, c.value) for a, b, c in said))
        mended, notes = chosen(shown, told, MATERIAL)
        assert len(mended.body) <= len(draft.body)
        assert mended.is_empty <= draft.is_empty
        facts = statement_facts(Draft(text=mended.body), notes.statements)
        assert all(0 <= one.source_start <= one.source_end <= len(TEXT) for one in facts)


def test_passages_of_a_list_of_prompts_stand_in_the_authors_words() -> None:
    document = SourceDocument(
        kind=SourceKind.PROMPTS, text="", title="Two", prompts=("We sing.", "Ken came in June.")
    )

    second = passages_of(document)[1]

    assert "\n".join(document.prompts)[second.start : second.end] == second.text
    assert second.origin is FactOrigin.PROMPT


def test_each_set_comes_first_for_some_posts() -> None:
    drafts = [post("One."), post("Two.")]

    first = [in_turn(drafts, place)[0].body for place in range(4)]

    assert first == ["One.", "Two.", "One.", "Two."]


def test_an_editor_is_shown_words_alone() -> None:
    draft = post("Text.", headline="Words", alt_text="A card", hashtags=["Tag"])

    assert as_shown(draft, "en") == "headline: [1] Words\nbody: [2] Text."
