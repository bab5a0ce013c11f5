"""The command line: ``galley --help``, or ``python starter.py --help`` in a checkout."""

import json
import sys
from typing import Annotated, ClassVar

import typer

from cli.errors import CommandError, ExitCode, explain, usage
from cli.help import Entry, Overview
from cli.process import InterruptedCommand, leave
from cli.terminal import say, show
from galley.settings.env_file import load_env_file
from galley.version import __version__


class Commands(Overview):
    """All commands by chapter; the modules are those of ``cli/commands``."""

    everyday: ClassVar = ("start", "list", "review", "show", "edit", "approve", "reject", "why")
    topics: ClassVar = {
        "try": "Try it",
        "begin": "Begin something, in your voice",
        "decide": "Look at drafts, and decide",
        "change": "Change your mind after approval",
        "see": "See how things stand",
        "admin": "Run it for others",
    }
    chapters: ClassVar = {
        "Try it": (
            Entry("demo", "local", "Take one source all the way to posts, on this machine."),
            Entry("up", "local", "Keep the local stack running until Ctrl-C."),
            Entry(
                "doctor", "doctor", "Check Temporal, the worker, Buffer, Anthropic and the buckets."
            ),
        ),
        "Begin something, in your voice": (
            Entry("start", "campaigns", "Start a campaign: one source, one post for each channel."),
            Entry(
                "write", "pieces", "Write a blog post, newsletter or video script from a source."
            ),
            Entry("clips", "clips", "Cut a long video into vertical clips with captions."),
            Entry("feeds", "feeds", "Follow feeds: each new item becomes a campaign."),
            Entry("persona", "brands", "Give all drafts of a brand one voice."),
            Entry(
                "voice", "brands", "Show and forget the lessons that your reviews taught a brand."
            ),
        ),
        "Look at drafts, and decide": (
            Entry("list", "inbox", "List posts: first those that need a person, then the latest."),
            Entry(
                "review",
                "ask",
                "Show each draft that waits for you, with its pictures, and ask for a decision.",
            ),
            Entry(
                "web", "web", "Review in the browser: prints the address that signs it in, once."
            ),
            Entry("show", "inbox", "Show a post with its draft, or a campaign with its posts."),
            Entry(
                "approve",
                "review",
                "Let a post out, or every post of a campaign that is in review.",
            ),
            Entry("edit", "review", "Change a draft; it is reviewed again."),
            Entry("regenerate", "review", "Have a new draft written; it is reviewed again."),
            Entry(
                "reject", "review", "Never publish a post, or all of a campaign that are in review."
            ),
        ),
        "Change your mind after approval": (
            Entry(
                "reschedule",
                "changes",
                "Give an approved post, or those of a campaign, another time.",
            ),
            Entry(
                "move", "changes", "Move a scheduled post to the front or end of Buffer's queue."
            ),
            Entry("retract", "changes", "Take approved posts back before they are published."),
            Entry(
                "redrive",
                "changes",
                "Publish a post after all that Buffer could not publish, or lost.",
            ),
            Entry("pause", "accounts", "Stop posts before they reach Buffer: all, or only some."),
            Entry(
                "resume", "accounts", "End a pause; posts that were pulled back are put back, once."
            ),
        ),
        "See how things stand": (
            Entry(
                "status", "status", "Say whether Galley is healthy and what needs you, worst first."
            ),
            Entry("why", "why", "Say all that is known of one post, and what can be done."),
            Entry(
                "costs",
                "records",
                "Show the costs of drafts and media, and what is left of the ceilings.",
            ),
            Entry(
                "channels", "accounts", "List the channels in Buffer, and what each of them lacks."
            ),
            Entry("check", "check", "Say whether a network would take a text, and why not."),
        ),
        "Run it for others": (
            Entry("setup", "doctor", "Prepare a Temporal namespace, and say what is missing."),
            Entry("export", "records", "Write an audit pack of all that is known of a campaign."),
            Entry(
                "erase", "records", "Erase the words and media that are kept of a campaign or post."
            ),
            Entry("auth", "auth", "Reach Buffer by an app that somebody authorizes."),
            Entry(
                "notify",
                "doctor",
                "Notify a person by webhook, e-mail or Slack when one is needed.",
            ),
            Entry("team", "team", "Say who may decide, and make the key that proves it is you."),
            Entry(
                "mcp",
                "agents.commands",
                "Serve an agent over MCP, which reads and proposes, and never approves.",
            ),
            Entry(
                "agents",
                "agents",
                "Let agents and programs in, stop all of them, and see what they did.",
            ),
            Entry(
                "api", "agents.commands", "Serve agents and programs over HTTP: MCP, and an API."
            ),
            Entry("keys", "keys", "Manage the keys that encrypt Temporal's payloads."),
            Entry("media", "records", "Delete media that no post needs any more."),
            Entry("container", "containers", "", is_hidden=True),
        ),
    }


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,
)


def _print_version(*, is_asked: bool) -> None:
    if is_asked:
        show(f"galley {__version__}")
        raise typer.Exit


@app.callback()
def galley(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Turn one source into reviewed posts on eleven networks, each published once.

    New here? galley demo takes an article all the way, on this machine alone: no
    account, no key, and nothing goes out. Then read docs/tutorial.md.
    """
    del version  # printed by its callback, before a command is asked for


def main() -> None:
    """Run the command line and leave with its exit code."""
    leave(_run())


def _run() -> int:
    try:
        load_env_file()
        # What typer refuses is then an exception, too, and can be told as JSON.
        ended = app(standalone_mode=not _is_json())
        return ended if isinstance(ended, int) else ExitCode.DONE
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.FAILED
    except (InterruptedCommand, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 -- reported in one sentence, or in full
        told = _usage_error(error) or explain(error)
        if told is None:
            sys.excepthook(type(error), error, error.__traceback__)
            return ExitCode.FAILED
        _tell(str(told), told.code)
        return told.code


def _is_json() -> bool:
    return "--json" in sys.argv


def _usage_error(error: Exception) -> CommandError | None:
    """Return what typer refused; its class has no public name."""
    words = getattr(error, "format_message", None)
    return usage(str(words())) if callable(words) else None


def _tell(said: str, code: ExitCode) -> None:
    """Write why the command failed; for a program that asked for JSON, as JSON too."""
    if _is_json():
        said = json.dumps({"error": said, "code": int(code)}, ensure_ascii=False)
    say(said)


if __name__ == "__main__":
    main()
