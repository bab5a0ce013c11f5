"""The judge can find every fault there is, and accuses nobody who is innocent."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chaos.book import Entry, Fault, Said, compare

POSTS = 6


def world() -> tuple[list[Said], list[Entry]]:
    """Return a few posts that came out as they should."""
    said = [
        Said(
            name=f"post {n}",
            channel="c",
            shown=frozenset({f"first {n}", f"text {n}"}),
            approved=frozenset({f"text {n}"}),
            ending="published",
            claims=f"id-{n}",
            stands=f"text {n}",
        )
        for n in range(POSTS)
    ]
    ledger = [Entry(f"id-{n}", "c", f"text {n}", "sent") for n in range(POSTS)]
    return said, ledger


def faults(said: list[Said], ledger: list[Entry]) -> list[Fault]:
    return [one.fault for one in compare(said, ledger).findings]


def test_a_clean_run_has_no_findings() -> None:
    assert faults(*world()) == []


@given(st.integers(0, POSTS - 1))
def test_a_planted_duplicate_is_found(which: int) -> None:
    said, ledger = world()
    ledger.append(replace(ledger[which], id="twin"))

    assert faults(said, ledger) == [Fault.DUPLICATE]


def test_a_post_that_the_network_refused_and_its_second_try_are_no_duplicate() -> None:
    said, ledger = world()
    ledger.append(replace(ledger[0], id="first try", status="error"))

    assert faults(said, ledger) == []


@given(st.integers(0, POSTS - 1))
def test_a_planted_loss_is_found(which: int) -> None:
    said, ledger = world()
    del ledger[which]

    assert faults(said, ledger) == [Fault.LOST]


def test_a_post_deleted_in_buffer_is_lost_and_its_twin_no_duplicate() -> None:
    said, ledger = world()
    ledger.append(replace(ledger[0], id="twin", is_deleted=True))
    ledger[1] = replace(ledger[1], is_deleted=True)

    assert faults(said, ledger) == [Fault.LOST]


def test_a_post_that_neither_ended_nor_asks_is_stuck() -> None:
    said, ledger = world()
    said[0] = replace(said[0], ending=None)
    said[1] = replace(said[1], ending=None, question="Look at the channel.")

    assert faults(said, ledger) == [Fault.STUCK]


@pytest.mark.parametrize("ending", ["rejected", "expired", "retracted"])
def test_what_was_taken_back_or_refused_must_not_be_in_buffer(ending: str) -> None:
    said, ledger = world()
    said[0] = replace(said[0], ending=ending)

    assert faults(said, ledger) == [Fault.STRAY]
    assert faults(said, ledger[1:]) == []


def test_words_that_were_shown_but_not_approved_are_found() -> None:
    said, ledger = world()
    ledger[0] = replace(ledger[0], text="first 0")

    assert faults(said, ledger) == [Fault.STRAY, Fault.MISTAKEN]


def test_a_post_of_nobody_and_one_on_another_channel_are_found() -> None:
    said, ledger = world()
    ledger += [Entry("x", "c", "hello", "sent"), Entry("y", "d", "text 0", "sent")]

    assert faults(said, ledger) == [Fault.STRAY, Fault.STRAY]


def test_a_run_that_names_another_post_or_one_that_is_not_out_is_found() -> None:
    said, ledger = world()
    said[0] = replace(said[0], claims="id-1")
    said[1] = replace(said[1], stands="first 1")
    ledger[2] = replace(ledger[2], status="error")

    assert faults(said, ledger) == [Fault.MISTAKEN, Fault.MISTAKEN, Fault.UNPUBLISHED]


def test_an_ending_without_a_meaning_here_is_found() -> None:
    said, ledger = world()
    said[0] = replace(said[0], ending="lost in thought")

    assert faults(said, ledger) == [Fault.STUCK]
