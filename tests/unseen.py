"""Texts that a terminal or a browser would obey or hide, and what must never be shown."""

import re

OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff"
    "\u034f\u115f\u180e\u200e\u200f\u2800\u3164\uffa0\U000e0000-\U000e0fff]"
)
ATTACKS = {
    "title": "\x1b]0;owned\x07",
    "clipboard": "\x1b]52;c;cm0gLXJmIH4K\x07",
    "colour": "\x1b[8mnot to be seen\x1b[0m",
    "back": "approve\b\b\b\b\b\b\breject ",
    "line": "refused\rapproved",
    "c1": "\x9b2J",
    "direction": "pay \u202e001\u202c euros",
    "isolate": "\u2067kim\u2069",
    "nothing": "exam\u200bple",
    "tags": "fine\U000e0062\U000e0061\U000e0064",
    "half": "\ud83d",
    "fillers": "a\u3164b\u115fc\uffa0d\u2800e\u034ff",
    "mongolian": "a\u180eb",
    "selectors": "a\U000e0121\U000e0122",
    "marks of a direction": "a\u200eb\u200fc",
    "joiners in words": "ex\u200dam\u200cple",
    "heap of selectors": "x\ufe00\ufe01 \u2764\ufe0f\ufe0f",
}
