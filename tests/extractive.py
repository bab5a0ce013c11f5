"""What the extractive drafter answers, without a server between."""

from activities.drafting.draft_sets import Material, prompt_for
from emulators.anthropic.request import read_orders
from emulators.anthropic.wire import CountRequest, InputMessage, TextBlock
from emulators.anthropic.writing import fill, write_posts
from galley.drafting.answers import DraftAnswer, PostAnswer
from galley.drafting.messages import source_block, variants_message
from galley.models.channel import Board, Channel
from galley.models.draft import WriteDraft
from galley.models.network import Platform
from galley.models.source import SourceDocument, SourceRef
from tests.asking import split

_SHA = "ab" * 32

SENTENCES = {
    "latin": "Die Fähre nach Föhr fuhr im Winter {n} Mal, und niemand zählte es.",
    "cyrillic": "Паром ходил зимой {n} раз, и никто этого не считал до весны.",
    "greek": "Το πλοίο ταξίδεψε {n} φορές, και κανείς δεν το μέτρησε.",  # noqa: RUF001
    "arabic": "أبحرت العبارة {n} مرة في الشتاء ولم يحسب أحد ذلك حتى الربيع.",
    "hebrew": "המעבורת הפליגה {n} פעמים בחורף ואף אחד לא ספר את זה עד האביב.",
    "devanagari": "नौका सर्दियों में {n} बार चली और वसंत तक किसी ने इसे नहीं गिना।",
    "thai": "เรือข้ามฟากแล่น {n} ครั้งในฤดูหนาวและไม่มีใครนับจนถึงฤดูใบไม้ผลิ.",
    "chinese": "渡轮在冬天航行了{n}次直到春天才有人去数它这是一个很长的句子。",
    "korean": "페리는 겨울에 {n}번 운항했고 봄까지 아무도 그것을 세지 않았습니다.",
    "emoji": "The ferry \U0001f6a2 sailed {n} times \U0001f468\u200d\U0001f469 then.",
}
"""One sentence a script, with a number in it."""


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
    return WriteDraft.model_validate(
        {"source": source, "channel": channel, **split(more, WriteDraft.model_fields)}
    )


def an_empty_post(**fields: object) -> PostAnswer:
    """Return a post of a model's answer with these fields alone."""
    blank = {"network": "x", "skip": "", "body": "", "title": "", "headline": "", "alt_text": ""}
    lists: dict[str, list[str]] = {"thread": [], "hashtags": [], "parts": []}
    return PostAnswer.model_validate({**blank, **lists, **fields})


def answer_to(task: WriteDraft, document: SourceDocument) -> DraftAnswer:
    """Return the answer of the local drafter to the message Galley would send."""
    prompt = prompt_for([task], Material(document))
    message, count = prompt.turns[0].text, task.options.variants
    if count > 1:
        message = f"{message}\n\n{variants_message(count)}"
    request = CountRequest(
        model="claude-sonnet-5-5",
        system=[TextBlock(type="text", text=source_block(document, _SHA))],
        messages=[InputMessage(role="user", content=message)],
    )
    posts = write_posts(read_orders(request))
    written = fill(DraftAnswer.model_json_schema(), {"posts": posts})
    return DraftAnswer.model_validate(written)
