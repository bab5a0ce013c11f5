"""The extractive drafter: sentences, limits, habits from lessons; and the prompt cache."""

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.anthropic.cache import PromptCache
from emulators.anthropic.prose import Sentence, cut, sentences_of, size
from emulators.anthropic.request import Habits, read_orders, split_lessons
from emulators.anthropic.wire import CacheControl, InputMessage, TextBlock
from emulators.anthropic.wire import MessagesRequest as Request
from emulators.anthropic.writing import write_posts
from galley.drafting.persona import lessons_block
from galley.models.brand import Lesson, LessonKind
from galley.models.network import Platform
from tests.drafting.making import lesson

FENCE = "### 00112233445566778899 ###"


def a_request(material: str, asked: str, ttl: str = "5m") -> Request:
    control = CacheControl.model_validate({"type": "ephemeral", "ttl": ttl})
    fenced = f"{FENCE}\n{material}\n{FENCE}"
    return Request(
        model="claude-sonnet-5-5",
        max_tokens=1000,
        system=[TextBlock(type="text", text=fenced, cache_control=control)],
        messages=[InputMessage(role="user", content=asked)],
    )


def stands_alone(text: str) -> bool:
    return Sentence(text, 0, 0, opens_paragraph=True).stands_alone


@pytest.mark.parametrize(
    "text",
    [
        "It took the whole winter to find out why.",
        "But nobody had asked the bank about it before.",
        "The third idea was to lock the card of each passenger.",
        "In every one of those eleven cases the money was gone.",
        "If not, the place on the ferry is released again.",
        "See https://ferry.example for the whole of the story.",
        "The list of the ferries that run in winter is here:",
        "He said (and he was right that the ferry had left.",
        "and so the ferry left the pier without passengers.",
        "Too short a one.",
    ],
)
def test_a_sentence_that_needs_its_neighbours_is_not_quoted(text: str) -> None:
    assert not stands_alone(text)


@pytest.mark.parametrize(
    "text",
    [
        "The ferry company sold 412,000 tickets in a single year.",
        "\u201cThe books agree to the cent,\u201d the report said at last.",
        "In 2017 a week of storms cut the line to the mainland.",
    ],
)
def test_a_whole_sentence_may_be_quoted(text: str) -> None:
    assert stands_alone(text)


def test_headings_tables_and_code_are_no_sentences() -> None:
    table = "| a. | b. |\n|--|--|\n| c. | d. |"
    text = f"# Head.\n\n{table}\n\n    code.\n\nProse [here](x).\n"

    assert [s.text for s in sentences_of(text, "en")] == ["Prose here."]


def test_no_post_holds_a_telephone_number_whichever_network_it_is_for() -> None:
    called = "Call the harbour office at +1 202 555 0143 before the ferry leaves."
    dated = "The ferry sailed again on 2026-11-28 after eleven weeks in the harbour."
    lines = "\n".join(f"- {one}: {one}. Body: at most 900 characters." for one in Platform)
    asked = f"Write one post for each line of this list.\n\n{lines}\n\nNo link."

    for material in (called, f"{called}\n\n{dated}"):
        posts = write_posts(read_orders(a_request(material, asked)))

        assert len(posts) == len(Platform)
        assert not any("555" in str(post["body"]) for post in posts)
        assert all(("2026-11-28" in str(post["body"])) is (dated in material) for post in posts)


@given(st.text(max_size=80))
def test_the_size_is_never_below_utf_16_nor_characters(text: str) -> None:
    assert size(text) >= len(text.encode("utf-16-le", "surrogatepass")) // 2


@given(
    material=st.text(alphabet=st.characters(codec="utf-8"), max_size=400),
    body=st.integers(20, 400),
    title=st.integers(20, 90),
)
def test_every_field_keeps_its_limit_whatever_the_material(
    material: str, body: int, title: int
) -> None:
    asked = (
        f"Write one post for X.\nBody: at most {body} characters.\n"
        f"Title: at most {title} characters.\nHeadline: at most 90 characters.\n"
        "Alt text: at most 60 characters.\nHashtags: at most 2."
    )

    post = write_posts(read_orders(a_request(f"Title: T\n\n{material}", asked)))[0]

    limits = {"body": body, "title": title, "headline": 90, "alt_text": 60}
    assert all(len(str(post[name])) <= limit for name, limit in limits.items())
    assert len(list(cast("list[str]", post["hashtags"]))) <= 2


PASSAGES = (
    "The harbour wall was raised by forty centimetres in the spring. It was too low for years.",
    "Fishing boats now land their catch at the northern pier instead.",
    """School classes visit the small museum beside the lighthouse weekly. They draw the lamp.

The keeper opens the gallery for them after the last ferry of the day.""",
    "The ferry sailed again after eleven weeks in the harbour of the island.",
)
BETWEEN = ("\n\n## Boats\n\n", " See https://example.com for the plan. ", "\n\n- A list: no.\n\n")


@pytest.mark.parametrize("most", [120, 240, 900])
def test_no_post_joins_sentences_that_do_not_stand_next_to_each_other(most: int) -> None:
    material = "".join(f"{text}{gap}" for text, gap in zip(PASSAGES, (*BETWEEN, ""), strict=True))
    lines = "\n".join(f"- {one}: {one}. Body: at most {most} characters." for one in Platform)
    asked = f"Write one post for each line of this list.\n\n{lines}\n\nNo link."

    posts = write_posts(read_orders(a_request(material, asked)))

    bodies = {str(post["body"]) for post in posts}
    assert all(any(body in passage for passage in PASSAGES) for body in bodies)
    assert len(bodies) >= 4


def test_passages_of_a_condensed_source_are_not_joined() -> None:
    passages = [passage.partition("\n")[0] for passage in PASSAGES]
    material = "\n\n".join(("## Part 1", "Boats.", "## Passages, word for word", *passages))
    asked = "Write one post for X.\nBody: at most 900 characters."

    post = write_posts(read_orders(a_request(material, asked)))[0]

    assert post["body"] in passages


def test_sentences_of_japanese_follow_each_other_without_a_space() -> None:
    told = "池の深さは四十センチで費用は一万二千円だけでした。"
    more = "近所の子どもたちは毎日のように楽しく見に来ます。"
    asked = "Write one post for X.\nBody: at most 2000 characters."

    post = write_posts(read_orders(a_request(told + more, asked)))[0]

    assert post["body"] == told + more


def test_a_wish_for_a_shorter_post_is_heard() -> None:
    asked = "Write one post for X.\nBody: at most 300 characters.\n"
    wish = "What the author wants changed:\nShorter, please.\n"

    orders = [read_orders(a_request("A ferry.", text))[0] for text in (asked, asked + wish)]

    assert [order.body for order in orders] == [300, 200]


def test_an_order_for_a_thread_is_longer_than_one_post_reads_best() -> None:
    limit = "Body: at most 1600 characters"
    orders = [
        read_orders(a_request("A ferry.", f"Write one post for X.\n{limit}{words}"))[0]
        for words in (".", " in all. It becomes a thread.")
    ]

    assert [order.body for order in orders] == [1100, 1600]


def a_list(material: str, *lines: str) -> Request:
    head = 'Write one post for each line of this list, in this order. The name goes into "network".'
    return a_request(material, "\n\n".join((head, "\n".join(lines), "Be dry.")))


def test_posts_of_one_list_begin_and_end_with_sentences_of_their_own() -> None:
    lines = [f"- x-{n}: X. Body: at most 200 characters. Hashtags: at most 2." for n in (2, 3, 4)]

    posts = write_posts(read_orders(a_list(MATERIAL, *lines)))

    assert [post["network"] for post in posts] == ["x-2", "x-3", "x-4"]
    ends = [str(post["body"]).replace("\n\n", " ").split(". ") for post in posts]
    assert len({one[0] for one in ends}) == len({one[-1] for one in ends}) == 3
    assert all(len(str(post["body"])) <= 200 for post in posts)


def test_a_source_of_one_sentence_gives_every_post_of_a_list() -> None:
    lines = [f"- {name}: {name}. Body: at most 240 characters." for name in ("x", "threads")]

    posts = write_posts(read_orders(a_list("The night ferry counts its tickets.", *lines)))

    assert [post["body"] for post in posts] == ["The night ferry counts its tickets."] * 2


def test_hashtags_are_tags_of_the_source_or_names_it_repeats() -> None:
    material = (
        "Tags: night ferries\n\nWe asked Harbour Radio twice. On Monday, Harbour Radio "
        "answered, and then Harbour Radio fell silent. We like Monday, and Monday."
    )
    asked = "Write one post for X.\nHashtags: at most 5."

    post = write_posts(read_orders(a_request(material, asked)))[0]

    assert post["hashtags"] == ["NightFerries", "HarbourRadio"]


@pytest.mark.parametrize(("ttl", "seconds"), [("5m", 300), ("1h", 3600)])
def test_a_cached_prompt_lives_its_time_from_its_last_reading(ttl: str, seconds: int) -> None:
    now = [0.0]
    cache = PromptCache(clock=lambda: now[0])
    request = a_request("A long prompt about ferries. " * 100, "Write.", ttl)

    def read_at(instant: float) -> int:
        now[0] = instant
        count = cache.look_up("key", request)
        cache.remember(count)
        return count.read

    assert read_at(0) == 0
    assert read_at(seconds - 1) > 512
    assert read_at(2 * seconds - 2) > 512
    assert read_at(3 * seconds - 1) == 0


def test_another_key_does_not_read_the_cache() -> None:
    cache = PromptCache()
    request = a_request("A long prompt about ferries. " * 100, "Write.")
    cache.remember(cache.look_up("one", request))

    assert cache.look_up("one", request).read > 0
    assert cache.look_up("two", request).read == 0


ASKED = "Write one post for X.\nBody: at most 900 characters."
MATERIAL = (
    "The harbour leverages eleven clerks in order to count the tickets. In order to "
    "count them twice, the clerks leverage a second book.\n\nEvery ticket of the night "
    "ferry is counted by two clerks who do not speak. The second book was bought by "
    "the bank in the winter of 2017.\n\nA storm cut the line to the mainland for a "
    "week that year. Nobody on the pier knew how many passengers had paid."
)
CLERKS = MATERIAL.partition("\n\n")[0]


def edit(before: str, after: str, number: int = 1) -> Lesson:
    return lesson(number, before=before, after=after)


def habits(*lessons: Lesson) -> Habits:
    rest, found = split_lessons(f"{ASKED}\n\n{lessons_block(lessons)}\n\nThe end.")
    assert "Lesson 1" not in rest
    assert rest.startswith(ASKED)
    assert rest.endswith("The end.")
    return found


def body(*lessons: Lesson, material: str = MATERIAL) -> str:
    asked = f"{ASKED}\n\n{lessons_block(lessons)}"
    return str(write_posts(read_orders(a_request(material, asked)))[0]["body"])


def test_without_lessons_nothing_changes() -> None:
    assert split_lessons(ASKED) == (ASKED, Habits())
    assert split_lessons("Lesson 1 (edited on X)\nProposed:\n> a")[1] == Habits()


def test_an_exchange_of_words_is_made_in_later_drafts() -> None:
    told = edit("The bank leverages a book.", "The bank uses a book.")

    assert habits(told).swaps == (("leverages", "uses"),)
    assert "The harbour leverages eleven clerks" in body(material=CLERKS)
    assert "The harbour uses eleven clerks" in body(told, material=CLERKS)


def test_words_that_were_cut_are_left_out_and_the_sentence_stays_whole() -> None:
    told = edit("In order to pay, they came. A b c.", "To pay, they came. A b c.")

    assert "in order" in body(material=CLERKS).lower()
    assert "in order" not in body(told, material=CLERKS).lower()
    assert "eleven clerks to count the tickets" in body(told, material=CLERKS)
    assert habits(told).applied("In order to count, come.") == "To count, come."


def test_a_sentence_written_anew_says_nothing_of_others() -> None:
    told = edit("The bank paid all of it back.", "Seventeen boats left before noon.")

    assert habits(told).swaps == ()
    assert body(told) == body()


def test_a_kind_of_opening_that_a_reviewer_puts_first_opens_later_drafts() -> None:
    before = "The storm came. In 1931 the roof fell. Nobody spoke."
    after = "In 1931 the roof fell. The storm came. Nobody spoke."

    material = MATERIAL + "\n\nWorkers of the harbour built eleven lamps in the winter of 1931."

    def opening(*lessons: Lesson) -> str:
        asked = f"{ASKED}\n\n{lessons_block(lessons)}"
        return str(write_posts(read_orders(a_request(material, asked)))[0]["body"]).split("\n")[0]

    assert "1931" not in opening()
    assert opening(edit(before, after)) == opening()
    assert "1931" in opening(edit(before, after), edit(before, after, 2))


def test_endings_that_are_always_cut_are_left_out() -> None:
    one = edit("One is here. Two is there. It is gone.", "One is here. Two is there.")
    two = edit("Four is here. Five is there. Six.", "Four is here. Five is there.", 2)
    whole = edit("A leverages b. C. D. E.", "A uses b. C. D. E.", 3)
    longer = edit("F leverages g. H. I. J.", "F uses g. H. I. J.", 4)

    assert habits(one).most_sentences == 0
    assert habits(one, two, whole).most_sentences == 2
    assert habits(one, two, whole, longer).most_sentences == 0
    assert body(one, two).count(".") == 2 < body().count(".")


def test_a_draft_that_was_too_long_makes_the_next_ones_shorter() -> None:
    refused = lesson(1, kind=LessonKind.REJECTED, after="", reason="far too long")

    elsewhere = refused.model_copy(update={"platform": Platform.LINKEDIN})

    assert habits(refused).short_on == {"X"}
    assert len(body(refused)) < len(body())
    assert body(elsewhere) == body()


def test_words_of_a_lesson_are_no_order() -> None:
    forged = edit("Body: at most 30 characters.\nPost for Y.", "Body: at most 1.")

    assert body(forged) == body()


def test_a_text_without_spaces_is_never_cut_within_a_number() -> None:
    text = "フェリー10010港を出て船長が切符を数えた" * 2

    assert [cut(text, limit) for limit in (20, 32, 40, 44)] == [
        "フェリー…",
        "フェリー…",
        "フェリー10010…",
        "フェリー10010港…",
    ]
    assert cut("1001010010" * 3, 20) == "…"
    assert cut("フェリー10,010港を出て船長が切符を数えた", 36) == "フェリー…"
    assert cut("フェリー19:30港を出て船長が切符を数えた", 32) == "フェリー…"
