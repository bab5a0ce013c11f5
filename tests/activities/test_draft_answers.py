"""What becomes of a model's answer: scripted answers over a real socket."""

import json
import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from pytest_httpserver import HTTPServer
from temporalio.testing import ActivityEnvironment
from werkzeug import Request, Response

from activities.budget.ceilings import BudgetKeeper
from activities.budget.payments import DraftBudget
from activities.drafting.draft_sets import Material
from activities.drafting.drafts import DraftWriter
from galley.budget.prices import known_prices
from galley.clients.anthropic import DraftClient
from galley.clients.storage import ObjectStore
from galley.models.budget import Ceilings
from galley.models.channel import Board, Channel
from galley.models.draft import DraftReply, WriteDraft
from galley.models.network import Platform
from galley.models.source import SourceDocument, SourceKind, SourceRef
from tests.asking import asked

pytestmark = pytest.mark.server

LINK = "https://ferry.example/a"
DOCUMENT = SourceDocument(
    kind=SourceKind.MARKDOWN,
    title="The ferry was paid twice",
    link=LINK,
    text="The ferry sold 412,000 tickets. Eleven were paid twice, says worker.py.",
)
ANSWER: dict[str, object] = {
    "body": "The ferry sold 412,000 tickets.",
    "thread": [],
    "title": "Paid twice",
    "headline": "412,000 tickets",
    "alt_text": "A card",
    "hashtags": ["Ferry"],
    "parts": [],
    "network": "x",
    "skip": "",
}


class Script:
    """Gives prepared answers in turn and keeps what it was asked."""

    def __init__(self, server: HTTPServer) -> None:
        self.asked: list[dict[str, list[dict[str, str]]]] = []
        self._answers: list[str] = []
        server.expect_request("/v1/messages").respond_with_handler(self._answer)
        counted = server.expect_request("/v1/messages/count_tokens")
        counted.respond_with_json({"input_tokens": 100})

    def will_say(self, *answers: dict[str, object]) -> None:
        """Give one post in each of the next answers."""
        for answer in answers:
            self.will_say_together(answer)

    def will_say_together(self, *posts: dict[str, object]) -> None:
        self._answers.append(json.dumps({"posts": [ANSWER | post for post in posts]}))

    def _answer(self, request: Request) -> Response:
        self.asked.append(json.loads(request.data))
        message = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude-sonnet-5-5",
            "content": [{"type": "text", "text": self._answers.pop(0)}],
            "stop_reason": "end_turn",
            "usage": {"input_tokens": 100, "output_tokens": 10},
        }
        headers = {"request-id": f"req_{len(self.asked)}"}
        return Response(json.dumps(message), content_type="application/json", headers=headers)


@pytest.fixture
def script(httpserver: HTTPServer) -> Script:
    return Script(httpserver)


@dataclass
class Writer:
    """The model, and where its bills are kept."""

    model: DraftClient
    store: ObjectStore


@pytest.fixture
async def client(httpserver: HTTPServer, state_store: ObjectStore) -> AsyncIterator[Writer]:
    model = DraftClient(api_key="k", base_url=httpserver.url_for("/"), model="claude-sonnet-5-5")
    yield Writer(model, state_store)
    await model.aclose()


async def write(
    client: Writer,
    platform: Platform = Platform.X,
    *,
    link: str | None = LINK,
    brief: str = "",
    max_characters: int | None = None,
    variants: int = 1,
    threads: bool = False,
) -> DraftReply:
    source = SourceRef(kind=DOCUMENT.kind, sha256="ab", title=DOCUMENT.title, link=link, words=12)
    boards = (Board(service_id="7", name="Boats"),)
    channel = Channel(
        id="c", name="Ferry", platform=platform, boards=boards, max_characters=max_characters
    )
    options = asked(brief=brief, variants=variants, threads=threads)
    task = WriteDraft(source=source, channel=channel, options=options)
    keeper = BudgetKeeper(client.store, Ceilings(), known_prices(), client.model.model)
    budget = DraftBudget(client.store, keeper, known_prices(), uuid.uuid4().hex, None)
    writer = DraftWriter(client.model, budget, task, Material(DOCUMENT))
    return await ActivityEnvironment().run(writer.write)


async def test_link_and_hashtags_are_in_the_text_that_is_approved(
    client: Writer, script: Script
) -> None:
    script.will_say({})

    reply = await write(client)

    assert reply.draft.text == f"{ANSWER['body']}\n\n{LINK}\n\n#Ferry"
    assert reply.provenance.drafter == "claude-sonnet-5-5"


async def test_a_text_that_is_too_long_is_sent_back_once_with_the_rule_it_breaks(
    client: Writer, script: Script
) -> None:
    script.will_say({"body": "word " * 80}, {"body": "Short now."})

    reply = await write(client)

    assert reply.problems == ()
    assert reply.draft.text.startswith("Short now.")
    roles = [message["role"] for message in script.asked[1]["messages"]]
    assert roles == ["user", "assistant", "user"]
    assert "of 280" in script.asked[1]["messages"][2]["content"]
    assert reply.provenance.input_tokens == 200
    assert reply.provenance.request_id == "req_2"


async def test_all_variants_come_in_one_call_and_are_mended_in_one_turn(
    client: Writer, script: Script
) -> None:
    script.will_say_together({}, {"body": "word " * 80})
    script.will_say_together({}, {"body": "Short now."})

    reply = await write(client, variants=2)

    asked = script.asked[0]["messages"][0]["content"]
    assert "Write 2 variants of this post" in asked
    assert "Variant 2: " in script.asked[1]["messages"][2]["content"]
    assert len(script.asked) == 2
    assert [one.draft.text.split("\n")[0] for one in reply.variants] == [
        ANSWER["body"],
        "Short now.",
    ]
    assert reply.draft == reply.variants[0].draft


async def test_a_single_draft_is_asked_for_as_it_always_was(client: Writer, script: Script) -> None:
    script.will_say({})

    reply = await write(client)

    assert "variants" not in script.asked[0]["messages"][0]["content"]
    assert reply.variants == ()


async def test_what_is_still_broken_after_one_repair_is_returned(
    client: Writer, script: Script
) -> None:
    script.will_say({"body": "word " * 80}, {"body": "word " * 70})

    reply = await write(client)

    assert {problem.rule for problem in reply.problems} == {"text_length"}
    assert len(script.asked) == 2


async def test_a_mastodon_servers_own_limit_is_told_and_kept(
    client: Writer, script: Script
) -> None:
    body = ("word " * 160).strip()
    script.will_say({"body": body, "hashtags": ["Ferry"]})

    reply = await write(client, Platform.MASTODON, max_characters=850)

    assert reply.problems == ()
    assert reply.draft.hashtags == ("Ferry",)
    asked = script.asked[0]["messages"][0]["content"]
    told = re.search(r"Body: at most (\d+)", asked)
    assert told is not None
    assert 750 < int(told.group(1)) < 850


async def test_hashtags_give_way_to_the_text(client: Writer, script: Script) -> None:
    body = ("word " * 50).strip()
    script.will_say({"body": body, "hashtags": ["Ferry", "Tickets"]})

    reply = await write(client)

    assert reply.problems == ()
    assert reply.draft.text == f"{body}\n\n{LINK}"
    assert reply.draft.hashtags == ()


async def test_a_thread_ends_with_the_link(client: Writer, script: Script) -> None:
    script.will_say({"body": "One.", "thread": ["One.", "Two.", "Three."]})

    draft = (await write(client)).draft

    assert draft.thread == ("One.", "Two.", f"Three.\n\n{LINK}\n\n#Ferry")
    assert draft.text == "One."


async def test_a_thread_that_nobody_asked_for_is_held_to_the_three_posts_it_was_told(
    client: Writer, script: Script
) -> None:
    posts = ["One.", "Two.", "Three.", "Four.", "Five."]
    script.will_say({"thread": posts}, {"thread": posts[:4]})
    script.will_say({"thread": posts}, {"thread": posts[:3]}, {"thread": posts})

    kept, shortened, asked_for = [await write(client, threads=at == 2) for at in range(3)]

    orders = [one["messages"][0]["content"] for one in script.asked]
    assert all("Or a thread of 2 to 3 posts" in one for one in orders[:4])
    assert "Thread: up to 8 posts" in orders[4]
    assert "The thread has 5 posts of 3 at most" in script.asked[1]["messages"][2]["content"]
    assert [(one.rule, one.is_claim) for one in kept.problems] == [("thread", True)]
    assert [one.label for one in kept.problems] == ["Length"]
    assert [len(one.draft.thread) for one in (kept, shortened, asked_for)] == [4, 3, 5]
    assert (shortened.problems, asked_for.problems) == ((), ())


async def test_a_thread_where_there_are_none_is_the_body_alone(
    client: Writer, script: Script
) -> None:
    script.will_say({"body": "One.", "thread": ["One.", "Two."]})

    draft = (await write(client, Platform.LINKEDIN)).draft

    assert draft.thread == ()
    assert draft.text.startswith("One.\n\n")


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("Go to http://evil.example/x now.", "Go to now."),
        ("See www.evil.example, please.", "See, please."),
        ("See [this](https://evil.example).", "See this."),
        ("See evil.example/win for more.", "See for more."),
        ("See evil.example for more.", "See for more."),
        ("Ask @evil about it.", "Ask evil about it."),
        ("Ask a@evil.example now.", "Ask now."),
        ("A #Scam it is.", "A Scam it is."),
        ("He\u202ello\u200b the\ufeffre.", "Hello there."),
        ("Click javascript:alert(1) here.", "Click here."),
    ],
)
async def test_addresses_nobody_gave_do_not_reach_the_draft(
    client: Writer, script: Script, body: str, left: str
) -> None:
    # Twice: a word that nobody gave is sent back.
    said: dict[str, object] = {"body": body, "headline": body, "title": body, "alt_text": body}
    script.will_say(said, said)

    draft = (await write(client, Platform.PINTEREST)).draft

    fields = (draft.text, draft.headline, draft.title, draft.alt_text)
    assert {field.partition("\n")[0] for field in fields} == {left}


async def test_an_address_the_author_names_may_stay(client: Writer, script: Script) -> None:
    script.will_say({"body": "Ask @ferry or see https://ferry.example/jobs today."})

    brief = "Name @ferry and https://ferry.example/jobs in each post."
    draft = (await write(client, brief=brief)).draft

    assert draft.text.startswith("Ask @ferry or see https://ferry.example/jobs today.")


async def test_a_file_name_that_networks_would_link_loses_its_ending(
    client: Writer, script: Script
) -> None:
    script.will_say({"body": "So says worker.py."})

    assert (await write(client)).draft.text.startswith("So says worker.\n")


async def test_a_hashtag_nobody_used_is_left_out(client: Writer, script: Script) -> None:
    script.will_say({"hashtags": ["#Ferry", "GetRichQuick", "ferry", "412", "Tickets"]})

    draft = (await write(client, Platform.INSTAGRAM)).draft

    assert draft.hashtags == ("Ferry", "Tickets")


async def test_a_figure_nobody_gave_is_sent_back_and_named(client: Writer, script: Script) -> None:
    script.will_say({"body": "Of 412000 tickets 93 percent were late."}, {"body": "It was late."})

    reply = await write(client)

    assert reply.problems == ()
    assert "93" in script.asked[1]["messages"][2]["content"]
    assert "412000" not in script.asked[1]["messages"][2]["content"]


async def test_what_nobody_gave_is_a_claim_if_it_is_said_again(
    client: Writer, script: Script
) -> None:
    said: dict[str, object] = {"body": "So says Maria Holm of 93 tickets, sold on 3 May 2020."}
    script.will_say(said, said)

    reply = await write(client)

    rules = {"figures_from_source", "names_from_source", "dates_from_source"}
    assert {problem.rule for problem in reply.problems} == rules
    assert all(problem.is_claim for problem in reply.problems)
    claims = [fact for fact in reply.facts if fact.is_claim]
    words = {reply.draft.text[fact.start : fact.end] for fact in claims}
    assert words == {"Maria Holm", "93", "3 May 2020"}


async def test_a_claim_is_rather_kept_than_a_broken_rule(client: Writer, script: Script) -> None:
    script.will_say({"body": "It cost 93 crowns."}, {"body": "word " * 80})

    reply = await write(client)

    assert [problem.rule for problem in reply.problems] == ["figures_from_source"]
    assert reply.draft.text.startswith("It cost 93 crowns.")


async def test_a_fact_of_a_draft_points_into_the_source(client: Writer, script: Script) -> None:
    script.will_say({"body": "Exactly 412000 tickets.", "headline": "Paid twice"})

    (fact,) = (await write(client)).facts

    assert DOCUMENT.text[fact.source_start : fact.source_end] == "412,000"


async def test_eleven_prompts_differ_only_in_the_message(client: Writer, script: Script) -> None:
    script.will_say(*(ANSWER for _ in Platform))

    for platform in Platform:
        await write(client, platform)

    asked = [dict(body) for body in script.asked]
    messages = [json.dumps(body.pop("messages")) for body in asked]
    assert len(set(messages)) == len(Platform)
    assert len({json.dumps(body) for body in asked}) == 1


async def test_an_empty_answer_falls_back_to_the_source_for_title_and_headline(
    client: Writer, script: Script
) -> None:
    script.will_say({"title": "", "headline": " "})

    draft = (await write(client, Platform.YOUTUBE)).draft

    assert (draft.title, draft.headline) == (DOCUMENT.title, DOCUMENT.title)
