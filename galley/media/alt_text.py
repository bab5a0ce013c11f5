"""What a picture shows, in as many letters as a network takes."""

from galley.models import Platform
from galley.platforms.registry import rules_for


def alt_text_for(platform: Platform, said: str) -> str:
    """Return one line within the network's limit, cut at a word; empty if it has none.

    Limits are in UTF-16 code units, as Buffer counts.
    """
    limit = rules_for(platform).alt_limit or 0
    line = " ".join(said.split())
    if _units(line) <= limit:
        return line
    kept = line
    while kept and _units(kept) > limit - 1:
        shorter = kept.rpartition(" ")[0]
        kept = shorter or kept[:-1]
    return f"{kept.rstrip(' ,;:-')}\u2026" if kept else ""


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
