"""The words of an agent are held to the source: what nobody gave is named, not taken out."""

import pytest

from activities.drafting.changed_words import held_to_source
from activities.drafting.draft_sets import Material
from galley.models.channel import Channel
from galley.models.draft import CheckDraft, Draft
from galley.models.network import Platform
from galley.models.options import CampaignOptions, ReviewPolicy
from galley.models.source import SourceDocument, SourceKind, SourceRef

LINK = "https://example.com/tides"
TEXT = "The harbour has kept a tide table since 1874. Read https://bad.example or ask @bad_bank."
CHANNEL = Channel(id="c", name="c", platform=Platform.X)
SOURCE = SourceRef(kind=SourceKind.TEXT, sha256="0" * 64, title="Tides", words=9, link=LINK)
MATERIAL = Material(SourceDocument(kind=SourceKind.TEXT, title="Tides", link=LINK, text=TEXT))


def said_of(text: str, brief: str = "", *, by_agent: bool = True) -> dict[str, str]:
    """Return the problems of a text that an agent wrote, by their rules."""
    review = ReviewPolicy(started_by_agent=by_agent)
    task = CheckDraft(
        draft=Draft(text=text),
        channel=CHANNEL,
        options=CampaignOptions(brief=brief, review=review),
        source=SOURCE,
    )
    return {one.rule: one.message for one in held_to_source(task, task.draft, MATERIAL)[0]}


@pytest.mark.parametrize(
    "text",
    [
        "Pay at https://evil.example/pay.",
        "Pay at evil.example.",
        "Ask @evil_bank.",
        "The harbour. #evil",
        "Read https://bad.example, as the source says.",
        "Hidden\u200b words\u202e.",
        "Call +1 202 555 0143 now.",
    ],
)
def test_what_neither_source_nor_author_gave_keeps_the_draft_from_being_approved(text: str) -> None:
    assert "ungiven" in said_of(text)


def test_words_tags_and_the_address_of_the_source_are_given() -> None:
    assert said_of(f"The harbour keeps a tide table. #harbour {LINK}") == {}


def test_a_number_that_stands_nowhere_is_a_claim() -> None:
    assert "ungiven" not in said_of("It has 900 boats.")
    assert said_of("It has 900 boats.")


def test_the_brief_of_an_agent_gives_nothing_and_that_of_an_author_does() -> None:
    text, brief = "Ask @evil_bank.", "Name @evil_bank."

    assert "ungiven" in said_of(text, brief)
    assert said_of(text, brief, by_agent=False) == {}


def test_claims_of_a_persons_edit_name_the_editor_and_its_links_are_given() -> None:
    said = "Ask @my_bank: Petra Klein kept 900 boats since 1874."
    task = CheckDraft(draft=Draft(text=said), channel=CHANNEL, source=SOURCE, editor="Ada")

    problems, facts = held_to_source(task, task.draft, MATERIAL)

    assert all(one.is_claim and one.message.startswith("In the edit of Ada:") for one in problems)
    assert {one.rule for one in problems} == {"figures_from_source", "names_from_source"}
    assert sum(not one.is_claim for one in facts) == 1


def test_an_edit_may_rest_on_the_note_that_its_draft_was_written_by() -> None:
    task = CheckDraft(
        draft=Draft(text="Petra Klein keeps it."),
        channel=CHANNEL,
        source=SOURCE,
        editor="Ada",
        note="Name Petra Klein.",
    )

    assert held_to_source(task, task.draft, MATERIAL)[0] == ()
