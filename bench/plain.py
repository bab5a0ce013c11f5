"""The ceiling: workflows that do nothing but call activities that do nothing."""

from datetime import timedelta

from temporalio import activity, workflow


@activity.defn
async def nothing() -> None:
    """Do nothing."""


@workflow.defn
class Plain:
    """So many no-op activities, one after the other."""

    @workflow.run
    async def run(self, count: int) -> None:
        for _ in range(count):
            await workflow.execute_activity(nothing, start_to_close_timeout=timedelta(seconds=30))
