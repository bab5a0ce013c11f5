"""Contact sheets: sample cards of every template in small, side by side.

``persona looks`` and ``python -m bench.cards`` call it.
"""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw

from galley.media.card import CardSpec, Margin, draw_pages
from galley.media.card_words import CardText
from galley.media.layout import Layout
from galley.media.look import Style
from galley.models.media import (
    Bar,
    Change,
    Chart,
    Code,
    Figure,
    Number,
    Photo,
    Points,
    Quotation,
    ShortPost,
)

SHAPES = {
    "portrait": CardSpec(1080, 1350, Margin(96, 96, 96, 96), 8_000_000),
    "square": CardSpec(1080, 1080, Margin(96, 96, 96, 96), 8_000_000),
    "wide": CardSpec(1200, 675, Margin(60, 60, 60, 60), 8_000_000),
    "tall": CardSpec(1080, 1920, Margin(259, 151, 461, 84), 8_000_000),
}
_WORDS: dict[str, tuple[str, ...]] = {
    "en": (
        "Nobody waits for a ferry that tells them when it comes.",
        "of our passengers check the quay before they leave home.",
        "The timetable is a promise, not a forecast.",
        "Ines Duarte, harbour master",
        "What we changed on the quay",
        "One sign for each berth",
        "Delays told before the gate",
        "Tickets that fit every boat",
        "Waits at the gate fell from 42 min to 9 min",
        "Passengers by line",
        "Passengers a day",
        "North",
        "Harbour",
        "Island",
        "A queue is information that nobody wrote down.",
        "Morning at the quay",
        "Field Notes",
    ),
    "ar": (
        "لا أحد ينتظر عبّارة تخبره بموعد وصولها.",
        "من ركابنا يتفقدون الرصيف قبل مغادرة المنزل.",
        "جدول المواعيد وعدٌ وليس توقّعًا.",
        "إيناس، مديرة الميناء",
        "ما الذي غيّرناه على الرصيف",
        "لافتة واحدة لكل مرسى",
        "إعلان التأخير قبل البوابة",
        "تذاكر تناسب كل قارب",
        "تراجع الانتظار عند البوابة",
        "الركاب حسب الخط",
        "الركاب في اليوم",
        "الشمال",
        "الميناء",
        "الجزيرة",
        "الطابور معلومة لم يكتبها أحد.",
        "صباح على الرصيف",
        "ملاحظات الميناء",
    ),
    "ja": (
        "到着時刻を教えてくれるフェリーなら、誰も待たされない。",
        "の乗客が家を出る前に桟橋を確認しています。",
        "時刻表は予測ではなく約束です。",
        "港長 イネス",
        "桟橋で変えたこと",
        "乗り場ごとに一つの案内板",
        "改札の前に遅れを知らせる",
        "どの船にも使える切符",
        "改札での待ち時間が短くなりました",
        "路線別の乗客数",
        "一日の乗客数",
        "北線",
        "港線",
        "島線",
        "行列は、誰も書き留めなかった情報だ。",
        "桟橋の朝",
        "港だより",
    ),
    "hi": (
        "जो नाव अपने आने का समय बताती है, उसका कोई इंतज़ार नहीं करता।",
        "यात्री घर से निकलने से पहले घाट देख लेते हैं।",
        "समय-सारणी एक वादा है, अनुमान नहीं।",
        "इनेस, बंदरगाह प्रमुख",
        "घाट पर हमने क्या बदला",
        "हर घाट के लिए एक सूचना-पट्ट",
        "द्वार से पहले देरी की सूचना",
        "हर नाव के लिए एक टिकट",
        "द्वार पर प्रतीक्षा घट गई",
        "लाइन के अनुसार यात्री",
        "प्रतिदिन यात्री",
        "उत्तर",
        "बंदरगाह",
        "द्वीप",
        "कतार वह सूचना है जिसे किसी ने नहीं लिखा।",
        "घाट पर सुबह",
        "घाट के नोट",
    ),
}
LANGUAGES = tuple(_WORDS)


def samples(language: str, style: Style, signature: str = "") -> list[CardText]:
    """Return a card of each template, in one of :data:`LANGUAGES`, signed."""
    words = (*_WORDS[language][:-1], signature or _WORDS[language][-1])
    values = ((words[11], "1,240", 1240), (words[12], "3,180", 3180), (words[13], "860", 860))
    bars = tuple(Bar(label=label, shown=shown, value=value) for label, shown, value in values)
    years = ((2021, 1200), (2022, 1900), (2023, 3400), (2024, 3100), (2025, 8000))
    line = tuple(Bar(label=str(year), shown=f"{value:,}", value=value) for year, value in years)
    said: list[tuple[str, Figure | None]] = [
        (words[0], None),
        (words[1], Number(number="40 %")),
        (words[2], Quotation(speaker=words[3])),
        (words[4], Points(points=words[5:8])),
        (words[4], Points(points=words[5:8], is_ordered=True)),
        (words[8], Change(before="42 min", after="9 min")),
        (words[9], Chart(title=words[10], bars=bars)),
        (words[9], Chart(title=words[10], bars=line, is_line=True)),
        (words[14], ShortPost(author=words[16])),
        (words[15], Photo(picture=_photo())),
        (
            words[4],
            Code(
                text="async def board(ferry):\n    await ferry.ready()\n    return ferry.gate",
                language="py",
            ),
        ),
    ]
    layouts = style.tokens.layouts
    return [
        CardText(
            headline,
            words[16],
            "example.com",
            language,
            figure=figure,
            layout=layouts[at % len(layouts)] if at != 9 else Layout(),  # noqa: PLR2004 -- the photo
        )
        for at, (headline, figure) in enumerate(said)
    ]


def _photo() -> bytes:
    """Return a picture of a shore: bands of light, as bright above as pictures are."""
    drawn = Image.linear_gradient("L").resize((540, 540))
    sky = Image.composite(
        Image.new("RGB", drawn.size, "#f4c38b"), Image.new("RGB", drawn.size, "#7fb2d6"), drawn
    )
    draw = ImageDraw.Draw(sky)
    draw.ellipse((330, 150, 430, 250), fill="#fff2d0")
    draw.polygon([(0, 330), (140, 240), (260, 330)], fill="#4b6b7c")
    draw.rectangle((0, 330, 540, 540), fill="#2f6f8f")
    draw.polygon([(300, 345), (470, 345), (440, 385), (325, 385)], fill="#f7f3ec")
    out = io.BytesIO()
    sky.save(out, "JPEG", quality=85)
    return out.getvalue()


def drawn_sheet(
    rows: Sequence[tuple[CardSpec, Sequence[CardText], Style]], height: int = 220, gap: int = 10
) -> bytes:
    """Return a WebP with a row of cards for each shape, language and style."""
    strips = list[Image.Image]()
    for spec, texts, style in rows:
        # Twice as large as shown is enough for soft edges.
        pages = draw_pages(spec, texts, style, min(1.0, 2 * height / spec.height))
        cards = [Image.open(io.BytesIO(page)) for page in pages]
        wide = round(height * spec.width / spec.height)
        small = [
            card.convert("RGB").resize((wide, height), Image.Resampling.LANCZOS) for card in cards
        ]
        strip = Image.new("RGB", ((wide + gap) * len(small) + gap, height + gap), "#b9b9b9")
        for at, card in enumerate(small):
            strip.paste(card, (gap + at * (wide + gap), gap))
        strips.append(strip)
    sheet = Image.new(
        "RGB",
        (max(one.width for one in strips), sum(one.height for one in strips) + gap),
        "#b9b9b9",
    )
    top = 0
    for strip in strips:
        sheet.paste(strip, (0, top))
        top += strip.height
    out = io.BytesIO()
    sheet.save(out, "WEBP", quality=62, method=6)
    return out.getvalue()
