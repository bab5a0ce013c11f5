"""When a run that goes on for ever hands over to the next one."""

from temporalio import workflow


def is_long(events: int) -> bool:
    """Tell whether this run has so many events, or as many as Temporal advises."""
    info = workflow.info()
    return (
        info.is_continue_as_new_suggested()
        or info.get_current_history_length() >= events
    )
