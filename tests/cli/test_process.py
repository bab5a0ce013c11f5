"""What a signal means for a command that is cleaning up already."""

import asyncio

import pytest

from cli.process import to_its_end


async def test_cleaning_up_goes_to_its_end_though_the_command_is_cancelled_meanwhile() -> None:
    begun, may_end, ended = asyncio.Event(), asyncio.Event(), list[str]()

    async def clean() -> None:
        begun.set()
        await may_end.wait()
        ended.append("clean")

    command = asyncio.ensure_future(to_its_end(clean()))
    await begun.wait()
    command.cancel()
    await asyncio.sleep(0)
    may_end.set()

    with pytest.raises(asyncio.CancelledError):
        await command
    assert ended == ["clean"]
