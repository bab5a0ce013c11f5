import stat
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import ConflictError, InvalidRequestError
from app.review.edits import EditRequest, require_clip, why_not_split
from app.review.edits import given as given_items
from cli.errors import CommandError
from cli.input import draft_editor
from cli.input.draft_editor import edit_in_editor
from galley.models.draft import Draft, DraftEdit, Problem
from galley.models.media import Clip
from galley.models.network import (
    BlueskyExtras,
    GoogleBusinessExtras,
    GooglePostKind,
    InstagramExtras,
    LinkCard,
    LinkedInExtras,
    Platform,
    UserTag,
    YouTubeExtras,
    YouTubePrivacy,
    extras_for,
)
from galley.models.post import PostState, PostView

POST = Draft(text="One.\n\nTwo.", title="A title", alt_text="A card")
THREAD = Draft(text="First", thread=("First", "Second\n\nmore"))

VIDEO = Draft(text="A video.", title="A title", extras=YouTubeExtras(category="27"))


def as_page(draft: Draft, platform: Platform = Platform.X) -> str:
    return draft_editor.as_page(draft, platform)


def from_page(page: str, draft: Draft, platform: Platform = Platform.X) -> DraftEdit | None:
    return draft_editor.from_page(page, draft, platform)


LINES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")))


@given(LINES, LINES)
def test_a_page_left_as_it_was_changes_nothing(text: str, title: str) -> None:
    draft = Draft(text=text.strip() or "x", title=title)

    assert from_page(as_page(draft), draft) is None


@pytest.mark.parametrize("rule", ["---", "a---", "---\n---\n"])
def test_a_rule_in_the_draft_is_not_taken_for_the_end_of_the_fields(rule: str) -> None:
    draft = Draft(text=f"Above\n{rule}\nbelow", title=rule.strip(), alt_text=rule)

    assert from_page(as_page(draft), draft) is None


def test_a_thread_left_as_it_was_changes_nothing() -> None:
    assert from_page(as_page(THREAD), THREAD) is None


def test_only_what_was_changed_is_sent() -> None:
    page = as_page(POST).replace("Two.", "Three.").replace("A title", "Another")

    assert from_page(page, POST) == DraftEdit(text="One.\n\nThree.", title="Another")


def test_an_item_of_a_thread_can_be_changed_or_taken_away() -> None:
    changed = as_page(THREAD).replace("Second", "Third")
    shortened = as_page(THREAD).partition("\n\n--- next item")[0]

    assert from_page(changed, THREAD) == DraftEdit(thread=("First", "Third\n\nmore"))
    assert from_page(shortened, THREAD) == DraftEdit(thread=("First",))


@pytest.mark.parametrize(
    ("old", "new"),
    [("---\n", ""), ("title:", "headliine:"), ("title: A title", "title: [")],
    ids=["no-rules", "misspelt-field", "broken-yaml"],
)
def test_a_page_that_cannot_be_read_changes_nothing_and_says_so(old: str, new: str) -> None:
    with pytest.raises(CommandError, match="nothing changed"):
        from_page(as_page(POST).replace(old, new), POST)


def test_several_texts_become_a_thread() -> None:
    assert given_items(("a", "b"), POST) == DraftEdit(thread=("a", "b"), text="a")


def test_one_text_takes_the_place_of_a_whole_thread() -> None:
    assert given_items(("a",), THREAD).apply(THREAD).thread == ("a",)


def test_a_post_may_be_made_a_thread_by_hand() -> None:
    page = as_page(POST).replace("One.\n\nTwo.", "One.\n\n--- next item ---\n\nTwo.")

    assert from_page(page, POST) == DraftEdit(thread=("One.", "Two."))


def test_a_thread_without_a_word_is_not_taken() -> None:
    page = as_page(THREAD).replace("First", "").replace("Second\n\nmore", "")

    with pytest.raises(CommandError, match="nothing changed"):
        from_page(page, THREAD)


# Extras


@pytest.mark.parametrize("platform", Platform)
def test_the_page_shows_all_that_a_network_lets_a_post_carry(platform: Platform) -> None:
    page = as_page(POST, platform)

    usual = extras_for(platform)
    fields = [name for name in type(usual).model_fields if name != "platform"]
    assert [name for name in fields if f"\n  {name}:" not in page] == []
    assert from_page(page, POST, platform) is None


def test_allowed_words_stand_beside_the_field() -> None:
    page = as_page(VIDEO, Platform.YOUTUBE)

    assert "  privacy: public  # public, unlisted, private\n" in page


@given(st.text(max_size=60), st.text(max_size=60))
def test_extras_left_as_they_were_are_not_sent(comment: str, title: str) -> None:
    card = LinkCard(url="https://a.example", title=title)
    extras = LinkedInExtras(first_comment=comment, link_card=card)
    draft = Draft(text="x", extras=extras)

    assert from_page(as_page(draft, extras.platform), draft, extras.platform) is None


def test_extras_with_times_and_lists_left_as_they_were_are_not_sent() -> None:
    at = datetime(2026, 12, 1, 18, tzinfo=UTC)
    tags = (UserTag(handle="harbour", x=0.25, y=1),)
    for extras in (
        GoogleBusinessExtras(kind=GooglePostKind.EVENT, starts_at=at, ends_at=at),
        InstagramExtras(user_tags=tags),
    ):
        draft = Draft(text="x", extras=extras)
        page = as_page(draft, extras.platform)
        assert from_page(page, draft, extras.platform) is None


def test_a_changed_extra_is_sent_with_those_that_were_there() -> None:
    page = as_page(VIDEO, Platform.YOUTUBE).replace("public  #", "private  #")

    assert from_page(page, VIDEO, Platform.YOUTUBE) == DraftEdit(
        extras=YouTubeExtras(category="27", privacy=YouTubePrivacy.PRIVATE)
    )


def test_a_link_card_can_be_taken_away() -> None:
    card = LinkCard(url="https://a.example/", title="A title")
    draft = Draft(text="x", extras=BlueskyExtras(link_card=card))
    page = as_page(draft, Platform.BLUESKY)
    start, end = page.index("  link_card:"), page.index("split:")

    shorter = f"{page[:start]}  link_card:\n{page[end:]}"

    assert from_page(shorter, draft, Platform.BLUESKY) == DraftEdit(extras=BlueskyExtras())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "public  #",
            "secret  #",
            "extras.privacy: choose 'public', 'unlisted' or 'private'; nothing",
        ),
        (
            "embeddable: true",
            "embeddable: maybe",
            "extras.embeddable: this must be true or false; nothing changed.",
        ),
        ("  license:", "  licence:", "extras.licence: there is no such field; there are "),
    ],
)
def test_a_wrong_extra_is_named_with_what_is_allowed(old: str, new: str, message: str) -> None:
    page = as_page(VIDEO, Platform.YOUTUBE)

    with pytest.raises(CommandError) as caught:
        from_page(page.replace(old, new), VIDEO, Platform.YOUTUBE)
    assert str(caught.value).startswith(message)


# Threads


@pytest.mark.parametrize(("word", "split"), [("true", True), ("false", False)])
def test_a_reviewer_may_ask_for_a_thread(word: str, *, split: bool) -> None:
    page = as_page(POST).replace("split:  #", f"split: {word}  #")

    assert from_page(page, POST) == DraftEdit(split=split)


def test_split_is_only_asked_about_where_there_are_threads() -> None:
    assert "split:" in as_page(POST, Platform.MASTODON)
    assert "split:" not in as_page(POST, Platform.LINKEDIN)


def test_texts_of_the_command_line_may_be_split_too() -> None:
    assert given_items(("a",), POST, split=True) == DraftEdit(text="a", split=True)


@pytest.mark.parametrize(
    ("platform", "rule", "why"),
    [
        (Platform.X, "text_length", None),
        (Platform.MASTODON, "spoiler_length", None),
        (Platform.X, "cashtags", "the text fits already."),
        (Platform.TIKTOK, "text_length", "TikTok has no threads."),
    ],
)
def test_only_what_is_too_long_is_split_and_only_where_there_are_threads(
    platform: Platform, rule: str, why: str | None
) -> None:
    problem = Problem(rule=rule, message="Something is wrong.")
    shown = view(POST, platform).model_copy(update={"problems": (problem,)})

    assert why_not_split(shown) == why


# In the editor


def editor(folder: Path, *edits: tuple[str, str]) -> str:
    """Return an editor that makes one replacement each time it is opened."""
    script = folder / "editor.py"
    script.write_text(
        f"""#!{sys.executable}
import pathlib, sys
page, log = pathlib.Path(sys.argv[1]), pathlib.Path({str(folder / "log")!r})
edits = {edits!r}
seen = log.read_text().split("\\0") if log.exists() else []
log.write_text("\\0".join([*seen, page.read_text()]))
if len(seen) < len(edits):
    page.write_text(page.read_text().replace(*edits[len(seen)]))
"""
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return str(script)


def view(draft: Draft, platform: Platform) -> PostView:
    return PostView(
        workflow_id="post:a:b",
        campaign_id="campaign:a",
        platform=platform,
        channel_id="b",
        channel_name="A channel",
        state=PostState.IN_REVIEW,
        revision=1,
        draft=draft,
    )


async def test_a_wrong_value_leads_back_into_the_editor_with_the_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong, right = ("public  #", "secret  #"), ("secret  #", "private  #")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor(tmp_path, wrong, right))

    found = await edit_in_editor(view(VIDEO, Platform.YOUTUBE))

    first, second = (tmp_path / "log").read_text().split("\0")
    assert "cannot take this" not in first
    assert "\n# Galley cannot take this: extras.privacy: choose 'public'" in second
    assert found == DraftEdit(extras=YouTubeExtras(category="27", privacy=YouTubePrivacy.PRIVATE))


async def test_a_page_that_is_not_mended_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor(tmp_path, ("public  #", "secret  #")))

    with pytest.raises(CommandError, match=r"extras\.privacy"):
        await edit_in_editor(view(VIDEO, Platform.YOUTUBE))


async def test_an_editor_is_given_the_persons_environment_without_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "environment"
    editor_that_tells = tmp_path / "editor"
    editor_that_tells.write_text(f"#!/bin/sh\nenv > {given}\n")
    editor_that_tells.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(editor_that_tells))
    monkeypatch.setenv("DISPLAY", ":7")
    for name in ("BUFFER_API_KEY", "GALLEY_PAYLOAD_KEYS", "TEMPORAL_API_KEY"):
        monkeypatch.setenv(name, "canary-of-a-key")

    await edit_in_editor(view(VIDEO, Platform.YOUTUBE))

    assert "DISPLAY=:7" in given.read_text()
    assert "canary" not in given.read_text()


def test_a_clip_that_is_still_being_cut_is_waited_for_not_denied() -> None:
    shown = view(POST, Platform.TIKTOK)

    with pytest.raises(ConflictError, match="still being cut"):
        require_clip(shown.model_copy(update={"is_making_media": True}))
    with pytest.raises(InvalidRequestError, match="no clip but a card"):
        require_clip(shown)


@pytest.mark.parametrize(
    "wrong",
    [
        {"clip": Clip(start=1, end=9), "items": ("a",)},
        {"clip": Clip(start=1, end=9), "split": True},
        {"remake_media": True, "items": ("a",)},
        {"remake_media": True, "clip": Clip(start=1, end=9)},
    ],
)
def test_one_edit_makes_one_kind_of_change(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError, match="second edit"):
        EditRequest(**wrong)
