"""Numbers, dates, names and quotations point to where they stand, or are claims."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from galley.drafting.evidence import WORD, stem
from galley.drafting.facts import MOST, FactFinder, grounds_of
from galley.models.draft import Draft, Fact, FactKind, FactOrigin, Slide

FERRY = (
    "Maria Lind, the captain, sold 412,000 tickets in 2025. On 25 November 2026 the "
    "harbour of Bergen raised its prices by twelve percent, to \u20ac5 a trip. "
    "\u201cWe never wanted to charge anyone twice,\u201d says Lind, who leads 87 "
    "people at the University of Oslo. The company spent 1.2 million crowns on "
    "version 2.0.1."
)


def facts_of(text: str, source: str = FERRY, language: str = "en") -> tuple[Fact, ...]:
    grounds = grounds_of(((FactOrigin.SOURCE, source),), language)
    return FactFinder(grounds).facts(Draft(text=text))


def claims_of(text: str, source: str = FERRY, language: str = "en") -> list[str]:
    facts = facts_of(text, source, language)
    return [text[fact.start : fact.end] for fact in facts if fact.is_claim]


# Numbers


@pytest.mark.parametrize(
    "text",
    [
        "It sold 412000 tickets, or 412.000, or 412 000.",
        "It sold 412 thousand tickets, 412K of them.",
        "It spent 1,200,000 crowns, or 1.2M, or 1,2 million.",
        "Prices rose by 12%. By twelve percent.",
        "It leads eighty-seven people.",
        "A trip is \u20ac5 now.",
        "We run version 2.0.1.",
        "Here are 3 lessons, and two more.",
    ],
)
def test_a_number_counts_as_given_however_it_is_written(text: str) -> None:
    assert claims_of(text) == []


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("It sold 413,000 tickets.", "413,000"),
        ("It spent 1.3 million crowns.", "1.3 million"),
        ("It spent 1.2 billion crowns.", "1.2 billion"),
        ("Prices rose by 13%.", "13"),
        ("Prices rose by thirteen percent.", "thirteen"),
        ("A trip is \u20ac6 now.", "6"),
        ("It fell by 7% since.", "7"),
        ("We run version 2.0.7.", "2.0.7"),
        ("Two million crowns were spent.", "Two million"),
    ],
)
def test_a_changed_number_is_a_claim(text: str, claim: str) -> None:
    assert claims_of(text) == [claim]


@pytest.mark.parametrize(
    ("source", "language", "text"),
    [
        ("昨年四十一万枚の切符を売りました。", "ja", "41万枚、410,000枚。"),
        ("Es waren 1,2 Millionen im Jahr.", "de", "1.200.000 waren es, also 1,2 Mio."),
        ("Было 412 тысяч билетов.", "ru", "412 000 билетов."),
        ("बिके 4.1 लाख टिकट।", "hi", "4,10,000 टिकट।"),
        ("\u0661\u0662 \u0633\u0641\u064a\u0646\u0629", "ar", "12 boats"),
        ("Elf Boote und zwölf Leute.", "de", "11 Boote und 12 Leute."),
    ],
)
def test_numbers_are_read_in_other_languages(source: str, language: str, text: str) -> None:
    assert claims_of(text, source, language) == []
    assert claims_of("97", source, language) == ["97"]


# Dates


@pytest.mark.parametrize(
    "text",
    [
        "Since 2026-11-25 prices are up.",
        "Since 25.11.2026, or 11/25/2026.",
        "Since November 25, 2026, a Wednesday.",
        "Since the 25th of November.",
        "Since Nov 25.",
        "In November 2026 it was. In November.",
        "Am 25. November 2026. Le 25 novembre 2026. El 25 de noviembre de 2026.",
        "2026年11月25日から。",
    ],
)
def test_a_date_counts_as_given_however_it_is_written(text: str) -> None:
    assert claims_of(text) == []


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("Since 2026-11-26 prices are up.", "2026-11-26"),
        ("Since 24 November 2026 they are.", "24 November 2026"),
        ("Since 25 November 2027 they are.", "25 November 2027"),
        ("Since December 25 they are.", "December 25"),
        ("It was on a Tuesday.", "Tuesday"),
        ("It was Monday\u2019s news.", "Monday\u2019s"),
        ("2026年11月24日から。", "2026年11月24日"),
    ],
)
def test_a_changed_date_is_a_claim(text: str, claim: str) -> None:
    assert claims_of(text) == [claim]


# Names


@pytest.mark.parametrize(
    "text",
    [
        "Ask Maria Lind, or Lind's people.",
        "Captain Lind told us of Bergen.",
        "Yesterday Maria Lind said so. Surprisingly it is true.",
        "The University of Oslo knows. So do I.",
        "It is about BERGEN.",
        "How We Raised Prices And Lost Every Last Customer",
    ],
)
def test_a_name_of_the_source_is_given_in_any_form(text: str) -> None:
    assert claims_of(text) == []


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("We asked Maria Holm about it.", "Maria Holm"),
        ("We asked Holm about it.", "Holm"),
        ("It happened in Stavanger last year.", "Stavanger"),
        ("Maria Holm said so.", "Maria Holm"),
        ("The University of Turku knows.", "Turku"),
        ("We heard that NASA pays.", "NASA"),
    ],
)
def test_a_swapped_name_is_a_claim(text: str, claim: str) -> None:
    assert claims_of(text) == [claim]


def test_a_number_in_words_right_after_a_year_is_in_the_source() -> None:
    source = "He gave the ring back, in 1979, eighteen years after."
    assert claims_of("He gave the ring back, eighteen years after.", source) == []
    assert claims_of("He gave it back, nineteen years after.", source) == ["nineteen"]


def test_an_english_word_that_is_a_month_elsewhere_begins_no_date() -> None:
    source = "The invoices went out eight hours and twenty minutes late, and 3 sets were lost."

    assert claims_of("They went out 8 hours late. We set 3 of them aside.", source) == []


def test_a_german_word_that_is_a_month_elsewhere_begins_no_date() -> None:
    source = "Es stand auf Seite 11 des Blattes: 12 pro Woche, und was die 14 sie fragten."

    assert claims_of("Auf Seite 11 des Heftes standen 12 pro Tag.", source, "de") == []
    assert claims_of("Am 11 Dez. kamen sie.", source, "de") == ["11 Dez."]


def test_a_shortened_weekday_is_the_day_of_the_source() -> None:
    source = "The open rehearsal is on Wednesday, 9 September."
    assert claims_of("The rehearsal is Wed 9 Sept, at the hall.", source) == []
    assert claims_of("The rehearsal is on Thu, at the hall.", source) == ["Thu"]


@pytest.mark.parametrize(
    ("source", "language", "given", "claimed"),
    [
        (
            "It charged twice from Saturday 18 to Monday 20 October.",
            "en",
            "18 October",
            "17 October",
        ),
        ("Open 3, 4 and 5 May.", "en", "4 May", "6 May"),
        ("Closed October 18\u201320.", "en", "October 20", "October 21"),
        ("Vom 3. bis zum 5. Mai ist zu.", "de", "3. Mai", "2. Mai"),
        ("El taller es del 3 al 5 de mayo.", "es", "3 de mayo", "2 de mayo"),
    ],
)
def test_each_end_of_a_span_of_days_is_a_date(
    source: str, language: str, given: str, claimed: str
) -> None:
    assert claims_of(f"{given}.", source, language) == []
    assert claims_of(f"{claimed}.", source, language) != []


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Come on 12 May.", "Workshops on 3 May and 12 June."),
        ("Come on 5 February.", "From 28 February to 5 March."),
        ("On 12 May 2026.", "3 May 2026 to 12 June 2026."),
        ("Come on 12 October.", "On 20 October and 12 people came."),
        ("Come on 7 May.", "Saturday 3 May - 7 pm."),
        ("Come on 9 October.", "Open 9 to 17, Saturday 20 October."),
        ("Come on 3 May.", "Tickets £5, children £3, from 12 May."),
        ("Come on 12 May.", "For ages 8 to 12, from 3 May."),
        ("On 12 November 2026.", "2026-11-03 and 12 people."),
        ("We open on 1 May 2026.", "Built by 3 March 2026, told 28 November 2026. We open 1 May."),
        ("Come on May 7.", "Saturday May 3 - 7 pm."),
        ("Come on October 12.", "October 18 - 12 people came."),
        ("On 4 January 2026.", "Shut 27 December 2025 and 22 February 2026. On 4 January we open."),
        ("On 20 October 2031.", "We printed 2031 copies. It failed on Monday 20 October."),
    ],
)
def test_another_number_beside_a_date_makes_no_date_of_it(text: str, source: str) -> None:
    assert claims_of(text, source) != []


def test_dates_of_a_hostile_source_are_not_multiplied_by_its_years() -> None:
    years = " ".join(f"May {year}," for year in range(1000, 1300))
    source = f"{years} {'Monday 20 October. ' * 2000}"

    assert claims_of("On 21 May 2031.", source) == ["21 May 2031"]
    spans = ". ".join(
        f"{day} March {year} to {day} May {year + 1}"
        for day in range(1, 29)
        for year in range(1990, 2020)
    )
    assert claims_of("On 4 April 2031.", f"{spans}. {'4 April. ' * 3000}") == ["4 April 2031"]


def test_a_weekday_beside_a_date_tells_its_year_among_those_of_the_source() -> None:
    source = "The year to 31 March 2026. Readers came in 2025. It failed on Monday 20 October."

    assert claims_of("It failed on 20 October 2025.", source) == []
    assert claims_of("It failed on 20 October 2026.", source) == ["20 October 2026"]
    assert claims_of("It failed on 20 October 2031.", source) == ["20 October 2031"]
    german = "Seit 2026 ist offen. Am Samstag, 25. April, stehen alle Schuhe im Hof."
    assert claims_of("Kommen Sie am 25. April 2026.", german, "de") == []


def test_a_date_between_whole_ones_has_the_year_that_lets_it_lie_there() -> None:
    source = "Vom 27. Dezember 2025 bis zum 22. Februar 2026 lief der Lift. Am 3. Februar nicht."

    assert claims_of("Am 3. Februar 2026 stand er.", source, "de") == []
    assert claims_of("Am 3. Februar 2025 stand er.", source, "de") == ["3. Februar 2025"]
    long = "From 2 June 2023 to 5 May 2026 it ran. On 4 August it did not."
    assert claims_of("On 4 August 2023 it did not.", long) == ["4 August 2023"]


def test_letters_that_stand_for_a_thing_make_no_other_name_of_the_one_beside_them() -> None:
    source = "Quillmoor Instruments makes monitors for CO2. Anna Lind and Karl Borg signed for IBM."

    assert claims_of("Our Quillmoor CO2 monitors read too low.", source) == []
    assert claims_of("The Quillmoor NO2 monitors read too low.", source) == ["The Quillmoor NO2"]
    assert claims_of("Then Anna Borg signed.", source) == ["Then Anna Borg"]
    assert claims_of("Then Anna BORG signed.", source) == ["Then Anna BORG"]


def test_a_german_role_before_a_name_and_goods_behind_their_measure_are_no_names() -> None:
    source = (
        "Wilfried hatte sie geerbt. Das war in der Zeit davor. Wir haben 37 Paar Wanderschuhe neu "
        "besohlt. Anna Petersen zählt."
    )
    assert claims_of("Das sagte unser Kunde Wilfried.", source, "de") == []
    assert claims_of("Damals waren zu der Zeit Wanderschuhe gefragt.", source, "de") == []
    assert claims_of("Das sagte unser Kunde Konrad.", source, "de") == ["Kunde Konrad"]
    assert claims_of("Das sagte uns gestern Frau Wilfried Petersen.", source, "de") == [
        "Frau Wilfried Petersen"
    ]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("Kunde Lange", "Ich weiß, wie lange das dauert."),
        ("Herr Weiß", "Ich weiß, wie lange das dauert."),
        ("Frau Sommer", "Im Sommer ist zu."),
        ("Frau Berg", "Wir stiegen auf den Berg."),
        ("Herr Schneider", "Beim Schneider war es voll."),
        ("Frau Klein", "Die Werkstatt ist klein und alt."),
    ],
)
def test_a_common_word_of_the_source_names_no_person(name: str, source: str) -> None:
    assert claims_of(f"Das sagte uns dann {name}.", source, "de") == [name]


def test_german_roles_are_nouns_like_others_where_no_name_follows() -> None:
    source = "Unsere Kunden wollen ein Seil von dreißig Metern."
    assert claims_of("Das haben unsere Kunden Meter Seil genannt.", source, "de") == []


def test_a_declined_name_is_the_same_name() -> None:
    source = "Анна Петрова живёт в Москве. Её книга вышла в Казани."

    assert claims_of("Вчера мы видели Анну Петрову: дом Анны.", source, "ru") == []
    assert claims_of("Вчера был дождь, и Москва ждала.", source, "ru") == []
    assert claims_of("Вчера был дождь, и Самара ждала.", source, "ru") == ["Самара"]


def test_german_nouns_are_no_names_but_two_in_a_row_are() -> None:
    source = "Der Fährmann Karl Brandt verkauft Karten in Kiel."

    assert claims_of("Gestern kam ein Schiff mit Ladung.", source, "de") == []
    assert claims_of("Gestern kam Karl Brandt.", source, "de") == []
    assert claims_of("Gestern kam Karl Braun.", source, "de") == ["Karl Braun"]
    assert claims_of("Wir fahren auf Ihren Wunsch und sagen Ihnen Bescheid.", source, "de") == []
    assert claims_of("Es gilt Brandts Satz.", source, "de") == []
    assert claims_of("Es gilt Brauns Satz.", source, "de") == ["Brauns Satz"]


def test_a_number_behind_a_german_month_counts_things() -> None:
    source = "Im März waren von 74 Sachen 12 nicht zu retten. Am 3. Mai geht es weiter."

    assert claims_of("Leider waren im März 12 nicht zu retten.", source, "de") == []
    assert claims_of("Leider waren im März 15 nicht zu retten.", source, "de") == ["15"]
    assert claims_of("Es geht im Mai 2031 weiter.", source, "de") == ["2031"]


def test_a_number_behind_in_and_a_month_counts_things() -> None:
    source = "In October, 29 of the 31 agreed with their dials. We met on 3 October."

    assert claims_of("In October 29 agreed with their dials.", source) == []
    assert claims_of("In October 27 agreed with their dials.", source) == ["27"]
    assert claims_of("We met on October 29.", source) == ["October 29"]
    assert claims_of("We met in October 2031.", source) == ["October 2031"]


def test_german_nouns_of_one_sentence_may_change_places() -> None:
    source = (
        "Die Seilerei dreht um 20 Uhr ein Seil von dreißig Metern. In der Orgelwerkstatt in der "
        "Demmeringstraße darf man rufen. Anna Petersen kam zu spät. Karl Brandt kam zuerst."
    )
    assert claims_of("Sie dreht dreißig Meter Seil.", source, "de") == []
    assert claims_of("Es rief die Orgelwerkstatt Demmeringstraße.", source, "de") == []
    assert claims_of("Es kam Anna Brandt.", source, "de") == ["Anna Brandt"]


def test_german_nouns_that_meet_in_a_draft_are_no_name() -> None:
    source = (
        "Die Straßenbahn hält nach 22 Uhr nur alle dreißig Minuten. "
        "Die Seilerei Krahmer dreht ein Seil. Anna Petersen zählt."
    )
    assert claims_of("Ab 22 Uhr Bahn alle dreißig Minuten.", source, "de") == []
    assert claims_of("Es kam die Uhr Petersen.", source, "de") == ["Uhr Petersen"]
    assert claims_of("Es kam die Seilerei Petersen.", source, "de") == ["Seilerei Petersen"]


def test_the_speaker_is_no_part_of_a_name() -> None:
    source = "In May we rang Lind. In June nobody rang."
    assert claims_of("On a morning in May I rang Lind. In June I didn't.", source) == []
    assert claims_of("On a morning in May I rang Borg, and Lind I've met.", source) == ["Borg"]


def test_a_german_noun_behind_a_possessive_is_no_name() -> None:
    source = "Was kostet unser Roggenmischbrot? Das Kilo kostet mehr. Ihre Anna Petersen fragt."
    assert claims_of("Wir haben das Kilo Roggenmischbrot gerechnet.", source, "de") == []
    assert claims_of("Es kam das Kilo Petersen.", source, "de") == ["Kilo Petersen"]


def test_hundredths_of_a_currency_are_the_sum_of_the_source() -> None:
    source = "| Flour (680 g) | 0.66 |"
    assert claims_of("66 pence, or 66 cents, go to the mill: 66-cent flour.", source) == []
    assert claims_of("66 Cent kostet das Mehl.", "Mehl: 0,66 Euro", "de") == []
    assert claims_of("67 pence go to the mill.", source) == ["67"]
    assert claims_of("66 grams go to the mill.", source) == ["66"]
    assert claims_of("It costs 300 cents, or 50.", "3 of us, and 0.5 %", "en") == ["300", "50"]


def test_a_difference_is_given_where_both_figures_are_told_with_it() -> None:
    source = (
        "Gerechnet hatten wir mit 600 Leuten. Gekommen sind ungefähr 1.900.\n\nEs war "
        "die vierte Nacht, und 40 Leute haben geschrieben."
    )
    told = "Gerechnet hatten wir mit 600, gekommen sind 1.900: 1.300 mehr."
    assert claims_of(told, source, "de") == []
    assert claims_of("Es kamen 1.300 mehr.", source, "de") == ["1.300"]
    assert claims_of(told.replace("1.300", "1.200"), source, "de") == ["1.200"]
    # Not of figures that have nothing to do with each other.
    assert claims_of("Es kamen 1.900, geschrieben haben 40: 1.860.", source, "de") == ["1.860"]


def test_the_others_are_one_less() -> None:
    source = "Für das Seil braucht sie zwölf Freiwillige."
    assert claims_of("Einer hält fest, die anderen elf drehen.", source, "de") == []
    assert claims_of("Die anderen dreizehn drehen.", source, "de") == ["dreizehn"]
    assert claims_of("Es drehen elf.", source, "de") == ["elf"]


def test_letters_that_are_part_of_a_name_of_the_source_are_no_claim() -> None:
    assert claims_of("We wrote SQL for it.", "It runs on SQLite.") == []
    assert claims_of("We wrote SQL for it.", "It runs on PostgreSQL 15.") == []
    assert claims_of("We met NASA for it.", "It runs on SQLite.") == ["NASA"]
    assert claims_of("We met ITE for it.", "It runs on SQLITE.") == ["ITE"]
    assert claims_of("We met LA for it.", "We have SLAs.") == ["LA"]


def test_a_german_amount_is_no_part_of_a_name() -> None:
    source = "Es kostet 95 Euro, montags bis freitags. Rüdiger zählt."
    assert claims_of("Das kostet 95 Euro Mo. bis Fr.", source, "de") == []
    assert claims_of("Da kam um 95 Euro Bernd Krause.", source, "de") == ["Bernd Krause"]


# Quotations


@pytest.mark.parametrize(
    "text",
    [
        'Lind: "we never wanted to charge anyone twice"',
        "\u00abWe never wanted \u2026 to charge anyone twice\u00bb",
        "\u201eWe never\nwanted to charge anyone twice!\u201c",
        "\u2018We never wanted to charge anyone twice\u2019, says Lind.",
        'They call it a "very fair deal".',
        "It isn't 'fair', it's what 'they' want.",
    ],
)
def test_a_quotation_is_given_whatever_its_marks(text: str) -> None:
    assert claims_of(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "\u201cWe always wanted to charge everyone twice\u201d",
        "\u300cWe never meant to charge anyone twice\u300d",
        "\u00abWe never wanted \u2026 to pay anyone twice\u00bb",
        '"We wanted to charge anyone twice"',
    ],
)
def test_an_altered_quotation_is_a_claim(text: str) -> None:
    assert claims_of(text) == [text]


def test_an_empty_text_in_a_line_of_code_opens_no_quotation() -> None:
    source = 'const [m, setM] = useState({ nr: 0, text: "" }); setM({ nr: 1, text: "Say again." });'
    code = 'setM({ nr: 0, text: "" }); then setM({ nr: 1, text: "Say again." });'

    assert claims_of(code, source) == []
    assert claims_of('Of ("") she said "we always meant to charge twice".', source) != []


def test_a_quotation_in_a_script_without_spaces_is_looked_up_too() -> None:
    source = "「私たちは二度請求するつもりはありませんでした」と言いました。"

    assert claims_of("『私たちは二度請求するつもりはありませんでした』", source, "ja") == []
    assert claims_of("「私たちは三度請求するつもりはありませんでした」", source, "ja") != []


# Where they stand


def test_a_fact_points_to_its_place_in_the_source() -> None:
    text = "87 people, says Maria Lind."

    number, name = facts_of(text)

    assert (number.kind, number.origin) == (FactKind.NUMBER, FactOrigin.SOURCE)
    assert FERRY[number.source_start : number.source_end] == "87"
    assert FERRY[name.source_start : name.source_end] == "Maria Lind"
    assert text[name.start : name.end] == "Maria Lind"


def test_the_authors_own_words_are_grounds_too() -> None:
    passages = ((FactOrigin.SOURCE, FERRY), (FactOrigin.NOTE, "Say it was 98 percent."))
    (fact,) = FactFinder(grounds_of(passages)).facts(Draft(text="98% of them."))

    assert (fact.origin, fact.is_claim) == (FactOrigin.NOTE, False)


def test_every_field_with_the_writers_words_is_looked_at() -> None:
    draft = Draft(
        text="One.",
        thread=("One.", "It was 93. 2/2"),
        title="It was 94",
        headline="It was 95",
        alt_text="It was 96",
        slides=(Slide(title="It was 97", text="It was 98"),),
    )

    facts = FactFinder(grounds_of(())).facts(draft, numbered=True)

    slides = ["slide.1", "slide.1"]
    places = ["thread.2", "title", "headline", "alt_text", *slides]
    assert [fact.place for fact in facts] == places


def test_links_mentions_and_hashtags_are_no_facts() -> None:
    assert claims_of("See https://ferry.example/2031/Stavanger #Stavanger31") == []


@pytest.mark.parametrize(
    "before",
    [
        "See https://ferry.example/2031/Stavanger and",
        "With #Stavanger31 and",
        "By @ferry2031 and",
        "https://ferry.example/a #one @two \U0001f6a2",
    ],
)
def test_a_claim_after_a_link_a_tag_or_a_mention_keeps_its_place(before: str) -> None:
    text = f"{before} it carries 987,654 cars."

    (claim,) = [fact for fact in facts_of(text) if fact.is_claim]

    assert text[claim.start : claim.end] == "987,654"


def test_a_line_written_like_a_title_yields_no_names() -> None:
    title = "Why The Ferry Company Bought Quiet Norwegian Boats"

    assert claims_of(title) == []
    assert claims_of(f"{title}\nIt was sold by Maria Nilsen last week.") == ["Maria Nilsen"]


def test_a_draft_keeps_few_facts_and_claims_first() -> None:
    text = " ".join(["412,000"] * 60 + ["97"])

    facts = facts_of(text)

    assert len(facts) == MOST
    assert facts[0].is_claim
    assert len(str([fact.model_dump_json() for fact in facts])) < 8_000


@pytest.mark.parametrize("piece", ["1,", "1 ", "Ab ", '"a b c d', "\u2026", "May 1 ", "a-"])
def test_hostile_length_is_no_denial_of_service(piece: str) -> None:
    text = piece * 20_000

    FactFinder(grounds_of(((FactOrigin.SOURCE, text),))).facts(Draft(text=text[:9000]))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Black coats and a £232.50 bill.", "en"),
        ("She bought the 1823 mill.", "en"),
        ("Mit 16 bin ich ausgezogen.", "de"),
        ("In 1823 Mia sold it.", "en"),
        ("Mit 16 Bio-Höfen.", "de"),
    ],
)
def test_a_word_that_is_a_scale_only_elsewhere_is_none(text: str, language: str) -> None:
    source = "The cleaner's charged £232.50. Mia sold the house of 1823 when she was 16."

    assert claims_of(text, source, language) == []


def test_a_scale_of_the_drafts_language_counts() -> None:
    assert claims_of("Det kostet 3 mill. kroner.", "Det kostet 3 millioner kroner.", "nb") == []
    assert claims_of("Det kostet 4 mill. kroner.", "Det kostet 4 kroner.", "nb") == ["4 mill"]
    assert claims_of("It cost 3 million crowns.", "Det kostet 3 mill. kroner.", "en") == []


def test_words_have_the_same_stems_however_many_threads_ask() -> None:
    ends = ("s", "ing", "ed", "ly")
    words = sorted({f"{one}{end}" for one in WORD.findall(FERRY) for end in ends})

    def stemmed(word: str) -> str:
        return stem.__wrapped__(word, "en")  # what is kept was found alone

    alone = [stemmed(word) for word in words]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(stemmed, words * 20))

    assert together == alone * 20
