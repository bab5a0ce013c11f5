"""Every ending replays from its recorded history.

Record anew with ``GALLEY_RECORD=1 pytest tests/workflows``. A history is never edited
or dropped while runs of that code may live: gate the change with
``workflow.patched`` instead.
"""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from galley.clients.temporal import data_converter
from tests.bounded_worker import BUILD
from workers.queues import WORKFLOWS

KINDS = {one.__name__: one for one in WORKFLOWS}
FOLDER = Path(__file__).parents[1] / "histories"
HISTORIES = sorted({path.read_bytes(): path for path in FOLDER.rglob("*.json")}.values())
"""Those of today, and in a folder those of each release: see released.py. Equal ones once."""
ENDINGS = {
    "post-published",
    "post-rejected",
    "post-expired",
    "post-refused-then-published",
    "post-variant-picked",
    "post-edited",
    "post-held-then-published",
    "post-found-after-a-lost-reply",
    "post-retracted-in-review",
    "post-retracted",
    "post-held-then-rejected",
    "post-handed-to-person",
    "post-error-redriven-published",
    "post-error-rejected",
    "post-error-failed",
    "post-late-then-published",
    "post-sent-without-link-then-published",
    "post-pulled-back-then-published",
    "post-edited-after-scheduling",
    "post-continued",
    "post-cancelled-in_review",
    "post-cancelled-scheduled",
    "campaign-started",
    "campaign-waited",
    "feed-checked",
    "piece-written",
    "clips-cut",
    "post-with-clip",
    "buffer-rate-limited",
    "buffer-unanswered",
    "voice-learned",
    "attention-looked",
    "attention-continued",
    "attention-unwanted",
    "notification-delivered",
    "notification-undelivered",
    "audit-kept",
    "audit-continued",
}


@pytest.mark.parametrize(
    ("name", "history"),
    [(path.stem, path.read_text()) for path in HISTORIES],
    ids=[str(path.relative_to(FOLDER).with_suffix("")) for path in HISTORIES],
)
async def test_a_recorded_history_replays(name: str, history: str) -> None:
    told = WorkflowHistory.from_json(name, history)
    started = told.events[0].workflow_execution_started_event_attributes
    # The sandbox prepares every workflow of a replayer anew.
    replayer = _replayer(KINDS[started.workflow_type.name])
    await replayer.replay_workflow(told)


def test_histories_replay_in_the_sandbox_which_workers_of_tests_leave_out() -> None:
    config = _replayer(*WORKFLOWS).config(active_config=True)

    assert isinstance(config.get("workflow_runner"), SandboxedWorkflowRunner)


def test_every_ending_has_a_history() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} >= ENDINGS


def _replayer(*workflows: type) -> Replayer:
    return Replayer(workflows=workflows, data_converter=data_converter(), build_id=BUILD)
