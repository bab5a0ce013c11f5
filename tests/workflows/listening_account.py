"""An AccountWorkflow that only records its signals; the test plays Buffer."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from galley.models.account import PublishJob
    from galley.models.base import Model
    from galley.models.post import Change


class Heard(Model):
    """What posts asked for, in order."""

    jobs: tuple[PublishJob, ...] = ()
    changes: tuple[Change, ...] = ()


@workflow.defn(name="AccountWorkflow")
class ListeningAccount:
    """Takes the same signals as the real one, and keeps them."""

    @workflow.init
    def __init__(self, start: object) -> None:
        del start
        self._heard = Heard()

    @workflow.run
    async def run(self, start: object) -> None:
        del start
        await workflow.wait_condition(lambda: False)

    @workflow.signal
    def publish(self, job: PublishJob) -> None:
        jobs = (*self._heard.jobs, job)
        self._heard = self._heard.model_copy(update={"jobs": jobs})

    @workflow.signal
    def change(self, wanted: Change) -> None:
        changes = (*self._heard.changes, wanted)
        self._heard = self._heard.model_copy(update={"changes": changes})

    @workflow.query
    def heard(self) -> Heard:
        return self._heard
