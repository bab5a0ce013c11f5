"""Carry out all checks.

Nothing is ever published: every post that is asked for is a draft.
"""

from collections.abc import AsyncGenerator

from galley.clients.buffer.trial.account import TrialAccount
from galley.clients.buffer.trial.drafts import the_life_of_a_draft
from galley.clients.buffer.trial.edits import EDITS
from galley.clients.buffer.trial.items import items_are_made_once
from galley.clients.buffer.trial.reads import READS
from galley.clients.buffer.trial.refusals import REFUSALS
from galley.clients.buffer.trial.verdicts import BEYOND_DRAFTS, Finding, unchecked

MOST_REQUESTS = 40
"""Requests a whole examination takes at most; most channels need fewer."""


async def examine(trial: TrialAccount) -> AsyncGenerator[Finding]:
    """Give the findings one by one; the drafts are the caller's to clean up.

    Raises:
        BufferApiError: Buffer does not answer, does not take the key, or a rate window
            is used up: no further check makes sense.
    """
    for read in READS:
        yield await read(trial)
    for refusal in REFUSALS:
        if found := await refusal(trial):
            yield found
    async for found in _drafts(trial):
        yield found
    yield await items_are_made_once(trial)
    for found in BEYOND_DRAFTS:
        yield found


async def _drafts(trial: TrialAccount) -> AsyncGenerator[Finding]:
    if trial.needs_media:
        yield unchecked(
            "A draft can be created, found, edited and deleted",
            "this network needs media: name a channel of another",
        )
        return
    for found in await the_life_of_a_draft(trial):
        yield found
    for edit in EDITS:
        if found := await edit(trial):
            yield found
