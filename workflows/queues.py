"""The task queues: posts, and what takes long and must not keep posts waiting."""

from enum import StrEnum

from workflows import ids


class Queue(StrEnum):
    """What a worker may serve; all of them, unless it is told otherwise."""

    POSTS = "posts"
    """Every workflow, and every activity that is over soon."""
    MEDIA = "media"
    """Fitting, cutting and filming: each may fill a core."""
    SPEECH = "speech"
    """Transcriptions."""
    GENERATION = "generation"
    """Orders at a provider, which are waited for."""
    NOTIFICATIONS = "notifications"
    """Looking for what needs a person, and telling it to receivers that may be slow."""

    @property
    def task_queue(self) -> str:
        """Return its name in Temporal."""
        match self:
            case Queue.POSTS:
                return ids.TASK_QUEUE
            case Queue.MEDIA:
                return ids.media_queue(ids.TASK_QUEUE)
            case Queue.SPEECH:
                return ids.speech_queue(ids.TASK_QUEUE)
            case Queue.GENERATION:
                return ids.generation_queue(ids.TASK_QUEUE)
            case Queue.NOTIFICATIONS:
                return ids.notification_queue(ids.TASK_QUEUE)


def queues_named(text: str) -> tuple[Queue, ...]:
    """Return the queues of a list such as ``posts,media``, each once; ``all`` is all.

    Raises:
        ValueError: There is none of that name; the message lists those there are.
    """
    names = {name.strip().lower() for name in text.split(",") if name.strip()}
    if names == {"all"}:
        return tuple(Queue)
    unknown = sorted(names - set(Queue))
    if unknown or not names:
        raise ValueError(
            f"There is no queue {', '.join(unknown) or 'in an empty list'}: choose "
            f"from {', '.join(Queue)}, separated by commas, or all."
        )
    return tuple(queue for queue in Queue if queue in names)
