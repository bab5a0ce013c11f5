"""Refuse, before anything is sent, a post that Buffer could only refuse as well.

A request costs quota, and Buffer's words name its own rules rather than the network's.
"""

from datetime import datetime

from galley.clients.buffer.errors import RefusedError
from galley.models import PostRequest, Problem
from galley.networks.requests import due_problems, request_problems


def refuse_misfit(request: PostRequest) -> None:
    """Check text, media and extras.

    Raises:
        RefusedError: The post breaks a rule of Buffer or of its network, each in a
            sentence of the message.
    """
    _refuse(request_problems(request))


def refuse_late(request: PostRequest, now: datetime) -> None:
    """Check the due time against ``now``.

    Raises:
        RefusedError: Buffer would be told a time that has passed.
    """
    _refuse(due_problems(request, now))


def _refuse(problems: tuple[Problem, ...]) -> None:
    if problems:
        raise RefusedError(" ".join(problem.message for problem in problems))
