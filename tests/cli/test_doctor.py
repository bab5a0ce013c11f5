"""The rows of ``doctor`` and ``setup``."""

from app.health.findings import Finding, Level
from cli.commands.doctor import rows_of


def test_task_queues_that_workers_poll_share_a_row_and_others_have_their_own() -> None:
    found = [
        Finding("temporal", Level.OK, "namespace default"),
        Finding("worker", Level.OK, "polling galley", workers=("7@host",)),
        Finding("worker media", Level.WARNING, "nobody polls the task queue galley-media"),
        Finding("worker speech", Level.OK, "polling galley-speech", workers=("7@host", "8@host")),
        Finding("buffer", Level.OK, "takes the key"),
    ]

    rows = {part: said for part, _, said in rows_of(found)}

    assert [*rows] == ["temporal", "workers", "worker media", "buffer"]
    assert all(name in rows["workers"] for name in ("7@host", "8@host"))
