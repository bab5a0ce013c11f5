"""Sources that differ in every sentence, so that no two campaigns draft the same."""

_SENTENCES = (
    "The harbour of {town} has kept a tide table since 1874.",
    "Every morning a clerk in {town} reads the height of the water from a brass rule.",
    "The rule was set into the quay wall of {town} by the masons who built it.",
    "In {town} the highest tide of a year seldom comes on the day the table says.",
    "Wind from the west holds the water in the bay of {town} for hours.",
    "A table that ignores the wind was wrong in {town} on 61 days of last year.",
    "The pilots of {town} therefore trust the clerk more than the printed page.",
    "A second clerk in {town} reads the same rule an hour later.",
    "Where the two readings differ by a hand, {town} sends for the harbour master.",
    "Nobody in {town} remembers that both clerks were ever wrong together.",
    "The readings of {town} fill 152 ledgers in the attic of the customs house.",
    "A student from the university counted the blots in the ledgers of {town}.",
    "There are more blots in {town} in the years after a war than before it.",
    "The oldest ledger of {town} lost nine pages to mice, and one to a baker.",
    "Visitors may climb to the attic of {town} on the first Sunday of the month.",
    "The brass rule of {town} is cleaned with vinegar, never with sand.",
    "In the winter of 1929 ice covered the rule of {town} for eleven days.",
    "The clerk of {town} cut a hole in the ice and lowered a knotted line.",
    "That line still hangs in the office of {town}, beside the coat pegs.",
    "The council of {town} wants to put a sensor where the brass rule is.",
    "The clerks of {town} have asked for both, and for a year to compare them.",
    "What they learn in {town} will be written into ledger number 153.",
)


def article(town: str, most: int | None = None) -> str:
    """Return a Markdown file of a few hundred words about one town, or of ``most`` sentences."""
    told = sentences(town)[:most]
    paragraphs = [" ".join(told[at : at + 4]) for at in range(0, len(told), 4)]
    head = f"---\ntitle: The tide clerks of {town}\nlink: {link(town)}\n---\n\n"
    return head + "\n\n".join(paragraphs) + "\n"


def link(town: str) -> str:
    return f"https://example.com/tides/{town.casefold()}"


def sentences(town: str) -> list[str]:
    return [sentence.format(town=town) for sentence in _SENTENCES]


def page(town: str) -> str:
    """Return the same article as a web page."""
    told = sentences(town)
    paragraphs = [" ".join(told[at : at + 4]) for at in range(0, len(told), 4)]
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    title = f"The tide clerks of {town}"
    return (
        f"<!doctype html><html lang=en><head><title>{title}</title></head>"
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    )
