"""PostWorkflow as a later build might have it: new steps, behind patches."""

from datetime import timedelta

from temporalio import workflow
from typing_extensions import override

with workflow.unsafe.imports_passed_through():
    from galley.models.post import PostInput, PostResult
    from galley.models.review import Decision, DecisionKind

from workflows.post.workflow import PostWorkflow

PAUSE = timedelta(milliseconds=20)


@workflow.defn(name="PostWorkflow")
class ChangedPost(PostWorkflow):
    """Pauses before the draft, which old runs have behind them, and after approval."""

    @workflow.init
    def __init__(self, start: PostInput) -> None:
        super().__init__(start)

    @workflow.run
    @override
    async def run(self, start: PostInput) -> PostResult:
        return await super().run(start)

    @override
    async def _write_draft(self, note: str, *, is_noted_by_agent: bool = False) -> None:
        if self._may("pause-before-drafting"):
            await workflow.sleep(PAUSE)
        await super()._write_draft(note, is_noted_by_agent=is_noted_by_agent)

    @override
    async def _take(self, decision: Decision) -> None:
        if decision.kind is DecisionKind.APPROVE and self._may("pause-after-approval"):
            await workflow.sleep(PAUSE)
        await super()._take(decision)

    def _may(self, change: str) -> bool:
        return workflow.patched(change)


@workflow.defn(name="PostWorkflow")
class CarelessPost(ChangedPost):
    """The same without patches, as nobody may release it."""

    @workflow.init
    def __init__(self, start: PostInput) -> None:
        super().__init__(start)

    @workflow.run
    @override
    async def run(self, start: PostInput) -> PostResult:
        return await super().run(start)

    @override
    def _may(self, change: str) -> bool:
        return True
