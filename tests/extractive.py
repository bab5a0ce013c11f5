"""What the extractive drafter answers, without a server between."""

from activities.draft_assembly import DraftAssembly
from emulators.anthropic.drafter.filling import fill
from emulators.anthropic.drafter.order import read_order
from emulators.anthropic.drafter.writing import write_post
from emulators.anthropic.wire import CountRequest, InputMessage, TextBlock
from galley.clients.anthropic import DraftAnswer
from galley.models import (
    Board,
    Channel,
    Platform,
    SourceDocument,
    SourceRef,
    WriteDraft,
)
from galley.prompts.messages import Wishes, post_message, source_block

_SHA = "ab" * 32


def task_of(document: SourceDocument, platform: Platform, **more: object) -> WriteDraft:
    """Return the order of one post about a document."""
    boards = (Board(service_id="7", name="Boats"),)
    source = SourceRef(
        kind=document.kind,
        sha256=_SHA,
        title=document.title,
        link=document.link,
        words=len(document.text.split()),
    )
    channel = Channel(id="c", name="Ferry", platform=platform, boards=boards)
    return WriteDraft.model_validate({"source": source, "channel": channel, **more})


def answer_to(task: WriteDraft, document: SourceDocument) -> DraftAnswer:
    """Return the answer of the local drafter to the message Galley would send."""
    limits = DraftAssembly(task, document).limits
    wishes = Wishes(brief=task.brief, variants=task.variants)
    asked = post_message(task.channel.platform, limits, task.source.link or "", wishes)
    request = CountRequest(
        model="claude-sonnet-5-5",
        system=[TextBlock(type="text", text=source_block(document, _SHA))],
        messages=[InputMessage(role="user", content=asked)],
    )
    written = fill(DraftAnswer.model_json_schema(), write_post(read_order(request)))
    return DraftAnswer.model_validate(written)
