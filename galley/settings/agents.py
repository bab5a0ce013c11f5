"""Settings of agents and programs: their switch, their limits, and the folder they may name.

The servers of ``agents`` and the command line read them.
"""

from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field

from galley.settings.secret_files import SubjectSettings


class AgentSettings(SubjectSettings):
    """Agents and programs."""

    agents: Literal["on", "off"] = Field(
        default="on",
        description="off: no call of an agent or program is answered; so does "
        "`galley agents stop`, on every machine at once.",
    )
    agent_folder: Path | None = Field(
        default=None,
        description="Folder whose files agents may use as sources and attach. Missing: none.",
    )
    agent_calls_a_minute: int = Field(
        default=120, ge=1, description="Calls of one agent that are answered in a minute."
    )
    agent_suggestions_a_day: int = Field(
        default=200, ge=0, description="Suggestions of one agent a day (UTC), campaigns included."
    )
    agent_waiting_posts: int = Field(
        default=60,
        ge=0,
        description="Posts that may wait for a person because of one agent; it then waits, too.",
    )
    agent_upload_mb_a_day: int = Field(
        default=500,
        ge=0,
        description="Megabytes of pictures and films that one agent may send a day (UTC); each "
        "file counts as one at least.",
    )
    agent_day_usd: Decimal = Field(
        default=Decimal(10),
        ge=0,
        description="The most that campaigns and drafts of one agent may cost a day (UTC), in US "
        "dollars. Each counts as the ceiling of a campaign until its drafts are written.",
    )
    agent_oauth_issuer: str | None = Field(
        default=None,
        description="Authorization server whose access tokens `galley api` takes, too. Missing: "
        "only the tokens of `galley agents token`.",
    )
    agent_oauth_resource: str = Field(
        default="http://127.0.0.1:9704/mcp",
        description="Address of `galley api`, as those tokens must name it in `aud`.",
    )
    agent_key_file: Path = Field(
        default=Path(".galley/agent-key.pem"),
        description="The key of the agent, where a team is set: `galley agents join` makes it.",
    )
