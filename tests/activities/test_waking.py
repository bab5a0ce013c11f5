"""A wait ends when it is told, and no wake between two looks is lost."""

import asyncio

from activities.generation.waking import Wakes, woken


async def test_a_wake_before_the_wait_is_not_lost() -> None:
    wakes = Wakes()
    with wakes.listening("p1") as event:
        assert wakes.wake("p1")

        assert await woken(event, seconds=60)


async def test_each_wake_ends_one_wait() -> None:
    wakes = Wakes()
    with wakes.listening("p1") as event:
        wakes.wake("p1")
        await woken(event, seconds=60)

        assert not await woken(event, seconds=0.01)


async def test_all_who_wait_for_it_are_woken_and_nobody_else() -> None:
    wakes = Wakes()
    with (
        wakes.listening("p1") as one,
        wakes.listening("p1") as other,
        wakes.listening("p2") as stranger,
    ):
        wakes.wake("p1")

        assert await asyncio.gather(woken(one, 60), woken(other, 60)) == [True, True]
        assert not stranger.is_set()


async def test_nobody_is_remembered_who_waits_no_more() -> None:
    wakes = Wakes()
    with wakes.listening("p1"):
        pass

    assert not wakes.wake("p1")
    assert not wakes._waiting  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] -- what is under test
