"""Whatever the script of a source: a draft of it is within the network's limits."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from activities.drafting.assembly import DraftAssembly
from galley.models.channel import Board, Channel
from galley.models.draft import Problem, WriteDraft
from galley.models.network import Platform
from galley.models.source import SourceDocument, SourceKind, SourceRef
from tests.asking import asked
from tests.extractive import answer_to

_SHA = "ab" * 32
_LINK = "https://ferry.example/notes/eleven-tickets"
# Words of each script, the language it is read as, and what ends its sentences.
_SCRIPTS = {
    "latin": ("sv", "färjan gick klockan sju över sundet med Åsa och båtarna", " ", "."),
    "cyrillic": ("ru", "паром вышел утром через пролив и за ним Анна на лодке", " ", "."),
    "greek": ("el", "το πλοίο έφυγε πρωί μέσα από τον πορθμό με την Ελένη", " ", "."),
    "chinese": ("zh", "渡轮 清晨 离开 港口 船长 说 他们 从未 迟到 票价 不变", "", "。"),
    "japanese": ("ja", "フェリー は 朝 港 を 出て 船長 が 切符 を 数えた", "", "。"),
    "korean": ("ko", "여객선은 아침에 항구를 떠났고 선장은 표를 세었다", " ", "."),
    "arabic": ("ar", "غادرت العبارة الميناء صباحا وقال القبطان إنها لم تتأخر", " ", "."),
    "hebrew": ("he", "המעבורת יצאה בבוקר מהנמל והקברניט ספר את הכרטיסים", " ", "."),
    "devanagari": ("hi", "नौका सुबह बंदरगाह से निकली और कप्तान ने टिकट गिने", " ", "।"),
    "thai": ("th", "เรือ ข้ามฟาก ออก จาก ท่า ตอน เช้า กัปตัน นับ ตั๋ว", "", " "),
    "emoji": ("en", "⛴️ 👩🏽‍✈️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 👨‍👩‍👧‍👦 🇳🇴 sea ✌🏿 bell 🎫 ❤️‍🔥", " ", "!"),
}


@st.composite
def documents(draw: st.DrawFn) -> SourceDocument:
    """Draw a source of paragraphs whose sentences are words of one script."""
    language, spoken, gap, end = _SCRIPTS[draw(st.sampled_from(sorted(_SCRIPTS)))]
    words = spoken.split()
    # Two numbers side by side are one number, or a telephone number, which no draft may have.
    number = st.integers(0, 10**7).map(lambda n: f"{n}{gap}{words[0]}")
    word = st.one_of(*[st.sampled_from(words)] * 9, number, st.just("#"))
    sentence = st.lists(word, min_size=1, max_size=60).map(lambda said: gap.join(said) + end)
    paragraph = st.lists(sentence, min_size=1, max_size=6).map(" ".join)
    paragraphs = draw(st.lists(paragraph, min_size=1, max_size=8))
    return SourceDocument(
        kind=SourceKind.MARKDOWN,
        title=gap.join(draw(st.lists(word, min_size=1, max_size=40))),
        link=draw(st.sampled_from([None, _LINK])),
        language=draw(st.sampled_from([language, None])),
        tags=tuple(draw(st.lists(word, max_size=4))),
        text="\n\n".join(paragraphs),
    )


def problems_of(document: SourceDocument, platform: Platform, *, threads: bool) -> list[Problem]:
    """Return what is wrong with the draft that the emulator's drafter writes."""
    boards = (Board(service_id="7", name="Boats"),)
    source = SourceRef(kind=document.kind, sha256=_SHA, title="", link=document.link, words=1)
    channel = Channel(id="c", name="c", platform=platform, boards=boards)
    task = WriteDraft(source=source, channel=channel, options=asked(threads=threads))
    assembly = DraftAssembly(task, document)
    answer = answer_to(task, document).posts[0]
    draft = assembly.draft(answer)
    return list(assembly.problems(draft, assembly.facts(draft)))


@pytest.mark.parametrize("threads", [False, True], ids=["posts", "threads"])
@given(document=documents(), platform=st.sampled_from(Platform))
@example(
    document=SourceDocument(kind=SourceKind.MARKDOWN, title="0 100000", text="0."),
    platform=Platform.GOOGLEBUSINESS,
)
@settings(max_examples=45)
def test_a_draft_of_any_script_fits_its_network_and_claims_nothing(
    document: SourceDocument, platform: Platform, *, threads: bool
) -> None:
    assert problems_of(document, platform, threads=threads) == []
