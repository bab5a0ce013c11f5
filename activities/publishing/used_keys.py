"""UsedKeys: what the state bucket knows of a post's key: its claim, receipts and attempts.

AccountGateway asks it before each hand-over; a search asks for the words of other keys.
"""

import asyncio

from activities.publishing.fence import ATTEMPTS, PATIENCE
from galley.clients.approved_words import read_words
from galley.clients.buffer.matching import has_words_of
from galley.clients.claims import claimed_by, read_receipts
from galley.clients.storage import ObjectStore, StoreError
from galley.models.account import (
    IN_BUFFER,
    Claim,
    HandOverKind,
    HandOverReply,
    PublishJob,
    Receipt,
    ReceiptKind,
)
from galley.models.publishing import BufferPost, FindPost
from galley.publishing.job.record import is_earlier_life

_ENDS = {ReceiptKind.SENT, ReceiptKind.HANDED_TO_PERSON, ReceiptKind.RETRACTED}
"""Receipts after which nothing more became of a post."""
PUBLIC = {ReceiptKind.SENT, ReceiptKind.HANDED_TO_PERSON}


class UsedKeys:
    """The keys that posts have used, in every namespace."""

    def __init__(self, state: ObjectStore) -> None:
        self._state = state

    async def claim(self, claim: Claim, *, despite_claim: bool) -> HandOverReply | None:
        """Claim the key; return the refusal if another run holds it."""
        earlier = await claimed_by(self._state, claim)
        # The time too: a run that was reset has the same owner, and may have published.
        if (earlier.owner, earlier.claimed_at) == (claim.owner, claim.claimed_at):
            return None
        receipts = await read_receipts(self._state, f"{claim.key}.")
        last = receipts[-1] if receipts else None
        if last is not None and _is_for(last, claim):
            return None
        is_reset = earlier.owner == claim.owner
        if is_reset and (last is None or last.kind not in PUBLIC):
            # AccountWorkflow replaces the words of the job that it knows.
            return None
        if last is not None and last.kind in _ENDS:
            kind = HandOverKind.ALREADY_ENDED
        elif despite_claim:
            # A person looked at the channel and lets this run use the key.
            return None
        else:
            kind = HandOverKind.CLAIMED_ELSEWHERE
        return HandOverReply(kind=kind, receipt=last, claimed_by=earlier.owner)

    async def was_claimed(self, job: PublishJob) -> bool:
        """Whether the bucket knows the key, so that it would know of attempts too."""
        return await self._state.get(f"claims/{job.job_id}.json") is not None

    async def was_attempted(self, job: PublishJob) -> bool:
        """Whether any run attempted a ``createPost``: without one no search is needed.

        An attempt that is made at this moment is met by the fence.
        """
        return bool(await self._state.names(f"{ATTEMPTS}{job.job_id}."))

    async def known(self, job: PublishJob) -> tuple[str | None, HandOverReply | None]:
        """Return what its own receipts tell: Buffer's ID of a post that is there, or its end.

        A post that was taken back asks no more, unless an operator resets it to before that. What
        an earlier life of it handed over may be taken back after the next one was handed over.
        """
        last = await self.own_receipt(job)
        if last is None:
            return None, None
        is_over = last.kind is ReceiptKind.RETRACTED and last.recorded_at >= job.claimed_at
        if is_over and job.is_question and not is_earlier_life(last.made_at, job.made_at):
            kind = HandOverKind.ALREADY_ENDED
            return None, HandOverReply(kind=kind, receipt=last, claimed_by=last.owner)
        return last.post.id if last.post and last.kind in IN_BUFFER else None, None

    async def own_receipt(self, job: PublishJob) -> Receipt | None:
        """Return the last receipt, if this post wrote it."""
        receipts = await read_receipts(self._state, f"{job.job_id}.")
        last = receipts[-1] if receipts else None
        return last if last is not None and last.owner == job.owner else None


def _is_for(receipt: Receipt, claim: Claim) -> bool:
    """Return whether this run wrote the receipt, after a person let it use the key."""
    return receipt.owner == claim.owner and receipt.recorded_at >= claim.claimed_at


async def not_of_others(
    state: ObjectStore, task: FindPost, near: list[BufferPost]
) -> list[BufferPost]:
    """Return the posts near the one that is searched for, without those of other campaigns.

    An account that was lost does not know them, and a person who is asked about one of them would
    let it stand for this post.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            known = await read_words(state, task.request.channel_id)
    except (StoreError, TimeoutError):
        return near

    def may_be_ours(post: BufferPost) -> bool:
        # Of a repeat that was approved another post has these words too.
        is_others = known.has_of_another(task.job_id, post.text)
        return has_words_of(post, task.request) or not is_others

    return [post for post in near if may_be_ours(post)]
