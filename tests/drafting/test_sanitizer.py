"""An answer holds nothing that neither author nor material gave."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.drafting.evidence import MARKS, Grounds
from galley.drafting.facts import grounds_of
from galley.drafting.sanitizer import grounded_tags, grounded_text
from galley.models.draft import FactOrigin
from galley.networks.text import find_links
from galley.networks.visible import visible


def given_by(*, material: str = "", trusted: str = "") -> Grounds:
    return grounds_of(((FactOrigin.SOURCE, material), (FactOrigin.BRIEF, trusted)))


NOTHING = given_by()
_SAID = st.text(alphabet=st.characters(codec="utf-8"), max_size=60)
_HOST = st.from_regex(r"[a-z][a-z0-9-]{0,9}\.(com|example|co\.uk|click)", fullmatch=True)


@given(_SAID)
def test_nothing_invisible_is_left(text: str) -> None:
    left = visible(text)

    categories = {unicodedata.category(c) for c in left if c not in "\n\u200c\u200d"}
    assert not categories & {"Cc", "Cf", "Cs", "Co", "Cn"}


@given(_SAID)
def test_sanitizer_twice_changes_nothing_more(text: str) -> None:
    once = grounded_text(text, NOTHING)

    assert grounded_text(once, NOTHING) == once


@given(before=_SAID, host=_HOST, path=st.sampled_from(["", "/win", "/?a=b", ":8080/"]))
def test_no_web_address_is_left_whatever_stands_before_it(
    before: str, host: str, path: str
) -> None:
    left = grounded_text(f"{before} https://{host}{path} end", NOTHING)

    assert "://" not in left.removeprefix(grounded_text(before, NOTHING))
    assert host not in left or host in before


@pytest.mark.parametrize(
    "text",
    [
        "Version 2.0.1 came at 5 a.m. on 3.11.2026.",
        "It costs $3.50, i.e. nothing.",
        "First line.\n\nSecond line.",
        "Family \U0001f468\u200d\U0001f469\u200d\U0001f467 on board.",
        "We edit the .env file by hand.",
        "Ticket #12 is C# code & more.",
        "WHERE sent < now() AND starts_with(name, 'tmp_')",
        "Wait ... what?",
    ],
)
def test_ordinary_prose_is_left_alone(text: str) -> None:
    assert grounded_text(text, NOTHING) == text


@pytest.mark.parametrize(
    "address",
    [
        *("https://evil.com/x", "evil.com", "www.evil.com", "me@evil.com", "mailto:me@evil.com"),
        *(
            "\u043f\u0440\u0438\u043c\u0435\u0440.com",
            "+1 900 555 0199",
            "evil.com https://evil.com/x",
        ),
    ],
)
def test_brackets_go_with_their_address_and_those_of_code_stay(address: str) -> None:
    for one in (
        "siehe({}) und now()",
        "siehe ( {} ) und now()",
        "siehe[{}] und now()",
        "siehe <{}> und now()",
    ):
        assert grounded_text(one.format(address), NOTHING) == "siehe und now()"
    assert grounded_text(f"Call now({address}, 2).", NOTHING) == "Call now(, 2)."


@pytest.mark.parametrize(
    "text",
    [
        "Run ruff check --select B019 .",
        "Run ruff check . and see.",
        "if failed:\n    raise Stop\n    stop()",
    ],
)
def test_code_is_left_as_it_is_spaced(text: str) -> None:
    assert grounded_text(text, NOTHING) == text


def test_the_space_before_an_address_goes_with_it() -> None:
    for space in (" ", "\u00a0", "  "):
        text = f"Read it at{space}https://evil.example . Then come."
        assert grounded_text(text, NOTHING) == "Read it at. Then come."


def test_a_name_with_a_dot_may_stay_where_the_material_has_it() -> None:
    grounds = given_by(material="We run Node.js and ferry.example every day.")

    assert grounded_text("Node.js helps.", grounds) == "Node.js helps."
    assert grounded_text("See ferry.example.", grounds) == "See ferry.example."
    assert grounded_text("See ferry.example/x.", grounds) == "See."


def test_a_site_that_networks_would_link_to_is_named_without_its_ending() -> None:
    grounds = given_by(material="Shop.com pays evil.com, says Node.js.")

    text = "Shop.com pays evil.com and win.com, by Node.js."

    assert grounded_text(text, grounds) == "Shop pays evil and, by Node.js."
    assert grounded_text("Shop.com.", given_by(trusted="Shop.com")) == "Shop.com."


def test_a_line_of_code_keeps_the_names_that_networks_would_link_to() -> None:
    query = "SELECT v.id, v.patient_id FROM vaccinations v WHERE v.id NOT IN (1)"
    grounds = given_by(material=f"It read: {query}. See t.co, ab.io and t.patient.")

    shown = grounded_text(query, grounds)

    assert shown == query.replace("v.id", "v. id")
    assert not find_links(shown)
    joined = "JOIN o ON v.id = v.id GROUP BY v.id ORDER BY v.id LIMIT 5"
    keys = given_by(material=f"{joined}; v.patient_id")
    assert grounded_text(joined, keys) == joined.replace("v.id", "v. id")
    camel = given_by(material="Read v.id and v.patientId.")
    assert grounded_text("if (v.id == 1)", camel) == "if (v. id == 1)"
    # Not of code: nothing else is named as their part.
    assert grounded_text("By ab.io, first", grounds) == "By ab, first"
    assert grounded_text("By v.com, first", grounds) == "By, first"


@pytest.mark.parametrize(
    "code",
    [
        "setM(a => ({ nr: a.nr + 1 })); <p key={m.nr}>{m.text}</p>",
        "if (row.id) return a[row.id]; n = user.name + 1; f(m.nr)",
    ],
)
def test_a_member_of_an_object_stays_where_the_material_has_that_code(code: str) -> None:
    grounds = given_by(material=f"It reads {code}. See a.bz and m.bz.")

    shown = grounded_text(code, grounds)

    assert shown.replace(". ", ".") == code.replace(". ", ".")
    assert not find_links(shown)
    assert grounded_text("By {m.bz} or m.nr", grounds) == "By {m} or m"
    assert grounded_text("By {m.bz/x} and {m.nr}/x", grounds) == "By {} and {m}/x"


@pytest.mark.parametrize(
    "text",
    [
        "Hurry! free.win, today only.",
        "Tickets: gig.win & more.",
        "Read more: bit.ly & tell all",
        "Sale! paypa.com, log in",
        "So 2 + free.win, today",
        "{gig.win} for all, and a(bit.ly, now)",
    ],
)
def test_an_address_in_a_sentence_is_no_code(text: str) -> None:
    grounds = given_by(material=text if "{" not in text else "Hurry! gig.win, bit.ly; {free.win}")

    assert not re.search(r"\. ?(?:win|ly|com)\b", grounded_text(text, grounds))
    code = given_by(material="key={free.win}; f(paypa.com)")
    assert not re.search(r"\. ?(?:win|com)\b", grounded_text(text, code))


@pytest.mark.parametrize(
    "text",
    [
        "Log in here(paypa.com), then pay",
        "Use {paypa.com} or join(t.me) or login[chase.com]",
        "Site: free.win + 1 gift",
        "Open sparkasse-login.de_hilfe or evil.com_now",
        "Ask commerzbank-hilfe.info(today)",
        "Open t.me.evil now",
        "Open paypal-login\uff0ecom or \uff45\uff56\uff49\uff4c\uff0e\uff43\uff4f\uff4d",
    ],
)
def test_an_address_that_people_know_is_no_code_wherever_it_stands(text: str) -> None:
    shown = grounded_text(text, given_by(material=f"{text}. {text}"))

    assert not re.search(r"[.\uff0e] ?(?:com|me|win|de|info|evil|\uff43)", shown)


@pytest.mark.parametrize(
    "code",
    [
        "button.onclick = () => go()",
        "const [a, setA] = useState([]); let b = {}; f(() => a)",
        "func names() []string { return []string{} }",
        "set(e.target.value); el.style.color = 'red'",
        "d = datetime.date.today(); t = datetime.now()",
        "self.id = 1; this.name = name; x = a.to(device)",
    ],
)
def test_a_line_of_code_of_the_material_is_whole_but_for_a_space_behind_a_stop(code: str) -> None:
    shown = grounded_text(code, given_by(material=f"It reads {code}"))

    assert shown.replace(". ", ".") == code
    assert not find_links(shown)


def test_a_name_in_code_that_begins_like_an_address_stays() -> None:
    code = (
        "if con.in_transaction: con.execute(SQL); b.is_open(); asyncio.run(main()); log.info('x')"
    )
    grounds = given_by(material=f"It reads {code} and evil.in/_x.")

    shown = grounded_text(code, grounds)

    assert shown.replace(". ", ".") == code
    assert grounded_text("Call evil.run(now) or asyncio.run", grounds) == "Call (now) or asyncio"
    assert not find_links(shown)
    assert "evil" not in grounded_text("Open evil.in_pay or evil.in/_x.", grounds)


def test_a_name_in_code_that_a_path_follows_in_the_material_stays_no_name() -> None:
    grounds = given_by(material="Set key={a.bz} and then open a.bz /pay.")

    assert grounded_text("key={a.bz}", grounds) == "key={a}"


def test_a_path_in_a_setting_of_the_material_stays() -> None:
    setting = "StandardOutput=file:/var/log/playout.log"
    grounds = given_by(material=f"It read {setting} and file://evil.example/x.")

    assert grounded_text(setting, grounds) == setting
    assert grounded_text("Open file:/etc/passwd now.", grounds) == "Open now."
    assert grounded_text("Open file://evil.example/x now.", grounds) == "Open now."


@pytest.mark.parametrize(
    "text",
    [
        "Type t.me/evil",
        "Type t.me\u2215evil",
        "Type t.me /evil",
        "Type t.me \u2192 evil",
        "Type t.me\n/evil",
        "t.me, then /evil",
    ],
)
def test_a_name_of_code_smuggles_no_address_that_somebody_types(text: str) -> None:
    grounds = given_by(material="t.me /evil, t.me\u2215evil, t.me \u2192 evil; t.some_thing")

    assert not re.search(r"t\. ?me", grounded_text(text, grounds))


@pytest.mark.parametrize(
    "text",
    [
        "See @@evil.",
        "See .@evil!",
        "\u4f60\u597d@evil",
        "See \uff20evil.",
        "##evil",
        "\u4f60\u597d#evil",
        "evil.#com",
        "evil.@com",
        "evil\u200d.com",
        "@\u200devil",
        "\u043f\u0440\u0438\u043c\u0435\u0440.com",
        "[[a](b)](https://evil.com)",
        "vbscript:x",
        *("bitcoin:x1", "nostr:xpub", "web+ap:x", "tg:x", "geo:x"),
        "\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444",
        "\uff45\uff56\uff49\uff4c\uff0e\uff43\uff4f\uff4d",
        "evil\uff0ecom",
        "\u4f8b.\u4e2d\u56fd/x",
        "http\uff1a\uff0f\uff0fevil",
    ],
)
def test_signs_that_networks_act_upon_are_seen_through(text: str) -> None:
    left = grounded_text(text, NOTHING)

    assert not re.search(r"[@#\uff20\uff03]|\w[.\uff0e]\w|://|:x|\uff0f", left)


@pytest.mark.parametrize(
    "number",
    [
        *("+1 900 555 0199", "(900) 555-0199", "900-555-0199", "+49 30 1234567", "030/1234567"),
        *(
            "06 12 34 56 78",
            "+19005550199",
            "0900123456",
            "\uff10\uff13\uff10-\uff11\uff12\uff13\uff14\uff15\uff16\uff17",
        ),
    ],
)
def test_a_telephone_number_stays_only_where_the_author_gave_it(number: str) -> None:
    text = f"Call {number} today."

    assert grounded_text(text, NOTHING) == "Call today."
    assert grounded_text(text, given_by(material=text)) == "Call today."
    assert grounded_text(text, given_by(trusted=f"Say that they may call {number}.")) == text


def test_a_number_is_the_same_with_the_code_of_its_country() -> None:
    grounds = given_by(trusted="Name our number, +49 30 1234567.")

    assert grounded_text("Call 030 1234567.", grounds) == "Call 030 1234567."
    assert grounded_text("Call 030 7654321.", grounds) == "Call."


@pytest.mark.parametrize(
    "text",
    [
        "12 345 678 people, 1.234.567 in 2019 - 2024, and 4200000000 years.",
        "On 24.11.2026 at 10:00, room 101, ISBN 9783161484100, pi is 3.14159265.",
    ],
)
def test_a_figure_is_no_telephone_number(text: str) -> None:
    assert grounded_text(text, NOTHING) == text


def test_a_longer_name_is_another_account() -> None:
    grounds = given_by(trusted="Thank @ferryline and boss@ferry.example, not @a.b.")

    text = "@ferryline @FerryLine @ferry @ferryline2 @a"

    assert grounded_text(text, grounds) == "@ferryline @FerryLine ferry ferryline2 a"


def test_unseen_marks_and_heaps_of_them_are_dropped() -> None:
    assert visible("a\ufe01\ufe02\ufe03b\U000e0101") == "a\ufe01b"
    assert visible("\u2764\ufe0f") == "\u2764\ufe0f"
    assert len(visible("e" + "\u0301" * 500)) < 6
    assert visible("\u0915\u094d\u200d\u0937") == "\u0915\u094d\u200d\u0937"


def test_a_hashtag_is_made_of_whole_words() -> None:
    grounds = given_by(
        material="The rapist hid a skill. \u0939\u093f\u0928\u094d\u0926\u0940 tickets"
    )

    tags = ["therapist", "kill", "Skill", "Ticket", "\u0939\u093f\u0928\u094d\u0926\u0940"]

    kept = ("Skill", "Ticket", "\u0939\u093f\u0928\u094d\u0926\u0940")
    assert grounded_tags(tags[1:], grounds, 5) == kept
    assert grounded_tags(["Erapist"], grounds, 5) == ()


def test_a_domain_that_the_material_has_inside_an_address_only_is_no_name() -> None:
    grounds = given_by(material="Post http://evil.example now.")

    assert grounded_text("Go to evil.example now.", grounds) == "Go to now."


def test_an_address_the_author_wrote_is_kept_with_its_punctuation() -> None:
    grounds = given_by(material="", trusted="Always name https://ok.example/a.")

    kept = grounded_text("See (https://ok.example/a). Or https://no.example.", grounds)

    assert kept == "See (https://ok.example/a). Or."


def test_hostile_length_is_no_denial_of_service() -> None:
    for piece in ("a.", "a-", "[", "](", "@", "http://", "(", "1,", "a@"):
        text = piece * 20_000
        grounded_text(text, given_by(material=text[:2000]))


@given(st.lists(_SAID, max_size=8), st.integers(0, 5))
def test_hashtags_are_letters_digits_and_underscore_and_few(tags: list[str], limit: int) -> None:
    kept = grounded_tags(tags, given_by(material=" ".join(tags)), limit)

    assert len(kept) <= limit
    assert all(re.fullmatch(rf"[\w{MARKS}]+", tag) and not tag.isdigit() for tag in kept)
    assert len({tag.casefold() for tag in kept}) == len(kept)


def test_a_hashtag_under_which_anything_stands_is_the_authors_to_give() -> None:
    material = "Tips for a community of people with bicycles, news of the week."

    tags = ["Tips", "Community", "Bicycles", "News"]

    assert grounded_tags(tags, given_by(material=material), 5) == ("Bicycles",)
    given = given_by(material=material, trusted="We like #Tips and our community.\nNews")
    assert grounded_tags(tags, given, 5) == ("Tips", "Bicycles", "News")


def test_a_hashtag_joins_words_of_the_material() -> None:
    grounds = given_by(material="Durable execution, they say.", trusted="Use #Temporal")

    tags = ["DurableExecution", "temporal", "Blockchain"]

    assert grounded_tags(tags, grounds, 5) == ("DurableExecution", "temporal")
