"""VoiceWorkflow: keeps the lessons that reviews taught a brand."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from galley.drafting import lessons
    from galley.models.brand import (
        ForgetLessons,
        Forgotten,
        Learn,
        VoiceInput,
        VoiceState,
        VoiceView,
    )
    from workflows.details import voice_details
    from workflows.runtime import after_signals, is_long


@workflow.defn
class VoiceWorkflow:
    """The lessons of one brand; ID ``voice:<brand>``. Runs until terminated.

    Posts tell it lessons by the signal ``learn``, which may be repeated. Campaigns read
    them by the query ``view``, which adds nothing to its history.
    """

    @workflow.init
    def __init__(self, start: VoiceInput) -> None:
        self._start = start
        self._state = start.state
        self._is_to_forget = False

    @workflow.run
    async def run(self, start: VoiceInput) -> None:
        del start  # read in __init__, before any signal
        self._show()
        await workflow.wait_condition(self._is_run_over)
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(self._start.model_copy(update={"state": self._state}))

    @workflow.signal(description="Keep what a post taught; known lessons are ignored.")
    def learn(self, said: Learn) -> None:
        self._become(lessons.learned(self._state, said.lessons))

    @workflow.update(description="Forget the lessons of one post, or all of them.")
    async def forget(self, task: ForgetLessons) -> Forgotten:
        await after_signals()
        before = len(self._state.lessons)
        self._become(lessons.forgotten(self._state, task.post_key))
        # Continued as new, so that the words leave the current history.
        self._is_to_forget = before > len(self._state.lessons) or self._is_to_forget
        return Forgotten(count=before - len(self._state.lessons))

    @workflow.query(description="All lessons, oldest first.")
    def view(self) -> VoiceView:
        start = self._start
        return VoiceView(brand=start.brand, name=start.name, lessons=self._state.lessons)

    def _is_run_over(self) -> bool:
        return self._is_to_forget or is_long(self._start.events_per_run)

    def _become(self, state: VoiceState) -> None:
        self._state = state
        self._show()

    def _show(self) -> None:
        workflow.set_current_details(voice_details(self.view()))
