"""Prompts for the usual jobs, as MCP clients offer them to a person."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Prompt:
    """One job: its arguments with a sentence each, and the order to the model."""

    name: str
    about: str
    arguments: Mapping[str, str]
    order: str

    def text(self, given: Mapping[str, str]) -> str:
        """Return the order with the arguments, each on a line of its own, as data."""
        told = "".join(f"\n{name}: {given[name]}" for name in self.arguments)
        return f"{self.order}\n{told}".strip()


PROMPTS = {
    one.name: one
    for one in (
        Prompt(
            "announce_source",
            "Plan and start the campaign of an article, then improve its drafts.",
            {"source": "Address of the article.", "wishes": "Networks, times, tone; or none."},
            "Make a campaign of this source. Call list_channels and plan_campaign first, and tell "
            "me the plan. Then call start_campaign and wait_for_campaign. Read every post, hold "
            "each number and name to read_facts, and propose edits only where a draft is wrong, "
            "breaks a rule or is dull. End with a list of what waits for me.",
        ),
        Prompt(
            "prepare_review",
            "Say what waits for a person, and what each draft still needs.",
            {},
            "List the posts that need a person. Read each of them. For each say in two lines what "
            "goes out, when, and what to look at: problems, claims without a source, changes that "
            "agents propose. Propose nothing.",
        ),
        Prompt(
            "improve_post",
            "Propose a better draft of one post.",
            {"post": "The post.", "wish": "What should be better."},
            "Read this post, its facts and its source. Write a better text in the same voice that "
            "states nothing the source does not state. Check it with check_text, then call "
            "propose_edit. Tell me what you changed, and that I decide.",
        ),
        Prompt(
            "weekly_report",
            "Report what was published, what it cost and what waits.",
            {},
            "Call read_results, read_costs and list_posts. Report what went out with links, what "
            "it cost, what waits for a person and what went wrong. Guess nothing.",
        ),
    )
}
