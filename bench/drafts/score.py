"""Count what the judges said: preferences, margins, inventions, repeats and cost."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from bench.drafts.folder import RunFolder
from bench.drafts.judging import Judgement, Key, read_judgements, read_key, same_openings
from bench.drafts.posts import JudgedPost
from emulators.anthropic.cache import PromptCache, count_tokens
from emulators.anthropic.wire import MessagesRequest
from galley.budget.prices import known_prices
from galley.models.budget import TokenUse
from galley.models.network import Platform

_JUDGES = (
    "| Judge | Preferred | Clear wins | Clear losses | Unsupported, ours / theirs "
    "| Repeats, ours / theirs |"
)
_RUNS = (
    "| Run | Calls | Input tokens | Cached | Output tokens | Input cost | Cost | Same openings |"
)


@dataclass
class Tally:
    """What one judge said, of all pairs of one source or of several.

    ``ours`` and ``theirs`` count unsupported statements; repeats are pairs of posts.
    """

    pairs: int = 0
    wins: int = 0
    clear_wins: int = 0
    clear_losses: int = 0
    ours: int = 0
    theirs: int = 0
    our_repeats: int = 0
    their_repeats: int = 0
    networks: Counter[Platform] = field(default_factory=Counter[Platform])

    def add(self, key: Key, judgement: Judgement, us: str) -> None:
        """Count one judgement."""
        for verdict in judgement.pairs:
            is_ours_a = key.a[verdict.pair] == us
            is_win = key.winner(verdict) == us
            is_clear = verdict.margin == "clear"
            said = len(verdict.unsupported_a), len(verdict.unsupported_b)
            ours, theirs = said if is_ours_a else said[::-1]
            self.pairs += 1
            self.wins += is_win
            self.clear_wins += is_win and is_clear
            self.clear_losses += is_clear and not is_win
            self.ours += ours
            self.theirs += theirs
            self.networks[key.networks[verdict.pair]] += is_win
        for repeats in judgement.sets:
            found = len(repeats.same_opening) + len(repeats.same_point)
            if key.sets[repeats.set] == us:
                self.our_repeats += found
            else:
                self.their_repeats += found


def tallied(folders: Sequence[Path]) -> dict[str, Tally]:
    """Return a tally for each judge; the first run of a key is ours."""
    found: dict[str, Tally] = {}
    for folder in folders:
        key = read_key(folder)
        for judge, judgement in read_judgements(folder).items():
            found.setdefault(judge, Tally()).add(key, judgement, key.runs[0])
    return found


def both_prefer(folders: Sequence[Path]) -> tuple[int, int]:
    """Return in how many pairs all judges prefer ours, and how many pairs there are."""
    agreed = pairs = 0
    for folder in folders:
        key = read_key(folder)
        votes = Counter[str]()
        judgements = read_judgements(folder)
        for judgement in judgements.values():
            votes.update(one.pair for one in judgement.pairs if key.winner(one) == key.runs[0])
        pairs += len(key.a)
        agreed += sum(votes[name] == len(judgements) for name in key.a)
    return agreed, pairs


@dataclass(frozen=True)
class Bill:
    """Tokens of a run and what they cost in micros; ``is_billed``: by the API."""

    use: TokenUse
    input_micros: int
    micros: int
    calls: int
    is_billed: bool


def bill_of(folder: Path) -> Bill:
    """Return what a run cost, or would: four bytes a token, with the cache as it is."""
    run = RunFolder(folder)
    billed = run.usages()
    answered = run.answered()
    uses = billed or list(_estimated(answered))
    use = sum(uses, TokenUse())
    price = known_prices().of(run.manifest.model)
    if price is None:
        raise LookupError(run.manifest.model)
    reading = use.model_copy(update={"output_tokens": 0})
    return Bill(use, price.micros(reading), price.micros(use), len(uses), bool(billed))


def _estimated(answered: Sequence[tuple[dict[str, Any], str]]) -> list[TokenUse]:
    cache, found = PromptCache(lambda: 0.0), list[TokenUse]()
    for params, text in answered:
        count = cache.look_up("bench", MessagesRequest.model_validate(params))
        cache.remember(count)
        found.append(
            TokenUse(
                input_tokens=count.total,
                output_tokens=count_tokens(text),
                cached_tokens=count.read,
                cache_written_tokens=count.written,
            )
        )
    return found


def table_of(folders: Sequence[Path]) -> str:
    """Return all of it as a page."""
    tallies = tallied(folders)
    agreed, pairs = both_prefer(folders)
    lines = [
        _JUDGES,
        "| --- | --- | --- | --- | --- | --- |",
        *(
            f"| {judge} | {one.wins} of {one.pairs} | {one.clear_wins} "
            f"| {one.clear_losses} | {one.ours} / {one.theirs} "
            f"| {one.our_repeats} / {one.their_repeats} |"
            for judge, one in tallies.items()
        ),
        "",
        f"All judges prefer ours in {agreed} of {pairs} pairs.",
        "",
        f"| Network | {' | '.join(tallies)} |",
        f"| --- | {' | '.join('---' for _ in tallies)} |",
        *(
            f"| {one} | {' | '.join(str(t.networks[one]) for t in tallies.values())} |"
            for one in Platform
        ),
        "",
        _RUNS,
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *(_cost_row(Path(run)) for folder in folders for run in read_key(folder).runs),
    ]
    return "\n".join(lines) + "\n"


def _cost_row(run: Path) -> str:
    bill, use = bill_of(run), bill_of(run).use
    told = cast("dict[str, Any]", json.loads((run / "posts.json").read_text("utf-8")))
    posts = {Platform(name): JudgedPost.model_validate(one) for name, one in told["posts"].items()}
    about = "" if bill.is_billed else "about "
    return (
        f"| {run.parent.name}/{run.name} | {bill.calls} | {about}{use.input_tokens:,} "
        f"| {use.cached_tokens:,} | {use.output_tokens:,} "
        f"| ${bill.input_micros / 1e6:.4f} | ${bill.micros / 1e6:.4f} "
        f"| {len(same_openings(posts))} |"
    )
