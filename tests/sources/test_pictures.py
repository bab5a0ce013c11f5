"""Which pictures of a page or text count as the source's."""

import trafilatura

from galley.models.source import SourcePicture
from galley.sources.pictures import MOST, pictures_of_markdown, pictures_of_page

PAGE = """<html><head><meta property="og:image" content="https://cdn.example/lead.jpg">
<meta property="og:image:alt" content="A ferry at dawn"></head><body>
<header><img src="/logo.png" alt="Logo"></header>
<article><img src="/lead-again.jpg" alt="Ferry"><img src="icon.png" width="16">
<figure><img src="blank.gif" data-src="deck.webp">
<figcaption>The deck</figcaption></figure>
<img src="drawing.svg"><img src="data:image/png;base64,AAAA"><img src="javascript:x">
<img src="//[broken"><img></article>
<img src="/elsewhere.jpg"></body></html>"""


def test_the_lead_comes_first_then_what_the_article_shows() -> None:
    found = pictures_of_page(trafilatura.load_html(PAGE), "https://example.com/a/b")

    assert found == (
        SourcePicture(url="https://cdn.example/lead.jpg", alt_text="A ferry at dawn"),
        SourcePicture(url="https://example.com/lead-again.jpg", alt_text="Ferry"),
        SourcePicture(url="https://example.com/a/deck.webp", alt_text="The deck"),
    )


def test_a_caption_names_the_maker_and_an_advertisement_is_no_picture_of_the_article() -> None:
    page = """<article><figure><img src="/a.jpg" alt="A quay">
    <figcaption>The quay at noon. Photo: Ana Ruiz/Agency. Taken in May.</figcaption></figure>
    <figure><img src="/b.jpg"><figcaption>© 2026 Harbour Board</figcaption></figure>
    <a rel="sponsored" href="/x"><img src="/c.jpg"></a><div class="ad-slot"><img src="/d.jpg"></div>
    <div class="shadow"><img src="/e.jpg"></div></article>"""
    found = pictures_of_page(trafilatura.load_html(page), "https://example.com/")

    assert [(one.url[-5:], one.credit) for one in found] == [
        ("a.jpg", "Photo: Ana Ruiz/Agency"),
        ("b.jpg", "© 2026 Harbour Board"),
        ("e.jpg", ""),
    ]
    (titled,) = pictures_of_markdown('![x](https://example.com/a.png "Foto: Ana Ruiz")')
    assert titled.credit == "Foto: Ana Ruiz"


def test_a_page_that_was_saved_knows_whole_addresses_alone() -> None:
    found = pictures_of_page(trafilatura.load_html(PAGE), None)

    assert [one.url for one in found] == ["https://cdn.example/lead.jpg"]


def test_a_text_shows_pictures_of_the_web_once_with_their_words() -> None:
    text = "![](https://example.com/a.png) x ![A *map*](https://example.com/a.png)\n\n"

    found = pictures_of_markdown(text + "![here](local.png)\n")

    assert found == (SourcePicture(url="https://example.com/a.png", alt_text="A map"),)


def test_no_source_has_pictures_without_end() -> None:
    text = "\n\n".join(f"![](https://example.com/{n}.png)" for n in range(500))

    assert len(pictures_of_markdown(text)) == MOST
