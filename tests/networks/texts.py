"""Texts that make counting hard, for property tests."""

from hypothesis import settings
from hypothesis import strategies as st

thorough = settings(deadline=None, max_examples=300)

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
FLAG = "\U0001f1e9\U0001f1ea"
KEYCAP = "3\ufe0f\u20e3"
PARTY = "\U0001f389"
WAVE = "\U0001f44b\U0001f3fd"

FRAGMENTS = (
    *"a.1#@$_-/:(), \n",
    "word",
    "https://",
    "http://a.co",
    "example.com",
    "example.com/p?q=1#h",
    "t.co/abc",
    "https://t.co/abcdefgh",
    ".co.uk",
    "www.",
    "\u65e5\u672c\u8a9e",
    "\uac00\u1100\u1161\u11a8",
    "\u0915\u094d\u0937\u093f",
    "\u0e19\u0e49\u0e33",
    "\u3002",
    "\u3000",
    "e\u0301",
    "\u00e9",
    "\u2026",
    "\u2014",
    "\u00a9",
    "\u00ae\ufe0f",
    "\u200d",
    "\u200c",
    "\ufe0f",
    "\u20e3",
    "\u0600",
    PARTY,
    FAMILY,
    FLAG,
    FLAG[0],
    KEYCAP,
    WAVE,
    "\U0001f3fd",
    "\u2764\ufe0f",
    "\u263a",
)

plain = st.text(alphabet="abcdefghijklmnopqrstuvwxyz ", max_size=40)
mixed = st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join)
any_text = st.one_of(mixed, st.text(alphabet=st.characters(exclude_categories=()), max_size=30))
