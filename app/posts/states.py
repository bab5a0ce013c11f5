"""The states of a post, and how far its calls to Buffer are: the tables that every face shows.

Lists and filters show the value itself, which a person types.
"""

from galley.models.post import PostState
from galley.publishing.job.record import JobPhase

STATES = {
    PostState.DRAFTING: "A draft is being written",
    PostState.IN_REVIEW: "Waits for review",
    PostState.PUBLISHING: "Approved, on its way to Buffer",
    PostState.HELD: "Held: look whether Buffer has it",
    PostState.SCHEDULED: "Scheduled in Buffer",
    PostState.LATE: "Late: Buffer has not published it",
    PostState.PULLED_BACK: "Taken out of Buffer by a pause",
    PostState.SENT: "Published, no link yet",
    PostState.ERROR: "Buffer could not publish it",
    PostState.PUBLISHED: "Published",
    PostState.HANDED_TO_PERSON: "Handed to a person",
    PostState.RETRACTED: "Retracted",
    PostState.REJECTED: "Rejected",
    PostState.EXPIRED: "The review ended without a decision",
    PostState.FAILED: "Failed",
}


def state_words(state: str) -> str:
    """Return a state as a sentence; of a run that was ended in Temporal, how it was ended."""
    if state in set(PostState):
        return STATES[PostState(state)]
    return f"Ended in Temporal: {state}" if state else ""


PHASES = {
    JobPhase.WAITING: "Not in Buffer yet",
    JobPhase.LOOKING: "Looked for in Buffer",
    JobPhase.HELD: "Held for a person",
    JobPhase.OUTSTANDING: "In Buffer, not published yet",
    JobPhase.PULLED_BACK: "Taken out of Buffer by a pause",
    JobPhase.SETTLED: "Nothing more to do",
}
UNKNOWN_PHASE = "None that the account still knows of"


def phase_words(phase: str) -> str:
    """Return how far the calls to Buffer for a post are.

    Empty: the account does not know it. It was never handed over, or is long settled, or the
    account's workflow was begun anew.
    """
    return PHASES[JobPhase(phase)] if phase in set(JobPhase) else UNKNOWN_PHASE
