import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.records.history import call_done, heard, step_done
from cli.phrases import local
from tests.documents.shell import ROOT

AT = datetime(2026, 12, 1, 9, tzinfo=UTC)
JSON = st.dictionaries(
    st.sampled_from(["kind", "by", "note", "revision", "due_at", "message", "post"]),
    st.none() | st.text() | st.integers() | st.lists(st.text()),
)


@pytest.mark.parametrize(
    ("name", "said", "words"),
    [
        ("approve", {"revision": 2, "by": "kim", "note": ""}, "approval of revision 2 by kim"),
        (
            "decide",
            {"kind": "reject", "revision": 1, "by": "kim", "note": "too loud"},
            "rejection of revision 1 by kim: too loud",
        ),
        (
            "change",
            {"kind": "reschedule", "by": "kim", "due_at": "2026-12-01T09:00:00Z"},
            f"reschedule to {local(AT)} asked by kim",
        ),
        (
            "reschedule",
            {"by": "kim", "due_at": None, "mode": "shareNow"},
            "reschedule to shareNow asked by kim",
        ),
        (
            "change",
            {"kind": "retract", "by": "kim", "mode": "customScheduled", "note": "old"},
            "retract asked by kim: old",
        ),
        ("move", {"by": "kim", "position": "top"}, "move to top asked by kim"),
        ("progress", {"kind": "created", "message": ""}, "Buffer has it"),
        (
            "progress",
            {"kind": "publish_failed", "message": "No such page"},
            "Buffer could not publish it: No such page",
        ),
        ("progress", {"kind": "of tomorrow"}, "of tomorrow"),
        ("of_tomorrow", {}, "of_tomorrow"),
    ],
)
def test_what_a_post_was_told_is_told_in_words(name: str, said: dict[str, Any], words: str) -> None:
    assert heard(name, said) == words


@pytest.mark.parametrize(
    ("call", "result", "words"),
    [
        ("createPost", {"kind": "ok", "post": {}}, "createPost: created"),
        ("editPost", {"kind": "ok", "post": {}}, "editPost: done"),
        ("createPost", {"kind": "unknown", "message": "m"}, "createPost: unknown: m"),
        ("look for", {"kind": "ok", "post": None}, "look for: not found"),
        ("look for", {"kind": "ok", "post": {"id": "b1"}}, "look for: found"),
        ("look for", {"kind": "failed"}, "look for: failed"),
    ],
)
def test_a_call_to_buffer_is_told_with_what_came_of_it(
    call: str, result: dict[str, Any], words: str
) -> None:
    assert call_done(call, result) == words


def test_each_step_of_a_post_has_words() -> None:
    source = "".join(file.read_text() for file in (ROOT / "workflows" / "post").glob("*.py"))
    called = set(re.findall(r"steps\.([a-z]+_[a-z_]+)\(", source)) - {"is_lost"}

    assert len(called) > 5
    assert not {name for name in called if step_done(name, {}) == name}


def test_pictures_are_said_to_be_fetched_only_if_some_were() -> None:
    assert "fetched" in step_done("fetch_pictures", {"assets": [{"sha256": "a"}]})
    assert "no picture" in step_done("fetch_pictures", {"assets": [], "notes": ["None."]})


def test_a_hand_over_that_found_the_key_taken_says_so() -> None:
    assert "claimed it" in step_done("hand_over", {"kind": "claimed_elsewhere"})


@given(st.sampled_from(["progress", "change", "approve", "x"]), JSON)
def test_no_history_of_another_version_breaks_the_words(name: str, said: dict[str, Any]) -> None:
    assert heard(name, said)
    assert call_done("createPost", said)
