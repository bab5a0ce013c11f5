"""What only load tests ask for: more room than any plan has, and no guard."""

from emulators.buffer.core import Options
from emulators.buffer.gate import windows
from tests.emulators.conftest import Emulate


def test_the_windows_of_a_plan_can_be_made_larger_and_no_shorter() -> None:
    usual, larger = windows("free"), windows("free", 7)

    assert [one.length for one in larger] == [one.length for one in usual]
    assert [one.quota for one in larger] == [700, 1750, 21_000]
    assert Options().quota_times == 1


def test_without_a_guard_a_repeat_makes_a_second_post(emulate: Emulate) -> None:
    world = emulate(duplicate_window=-1)

    first, second = world.created("twitter"), world.created("twitter")

    assert first["id"] != second["id"]
