"""What keys and tokens look like, wherever they stand: for logs and for records.

Narrow enough for the words of a post: a token has a digit and no blank. Bounded, so
that what a stranger repeats a million times is read once, not from each place anew.
Forms are those of the vendors' own scanners
(https://docs.github.com/en/code-security/secret-scanning).
"""

_SHAPES = (
    r"\b(?:sk|pk|rk)[-_](?=[\w-]{0,60}\d)[\w-]{12,}",  # Anthropic, Stripe, OpenAI
    r"\br8_\w{12,}",  # Replicate
    r"\bxox[a-z]-[\w-]{8,}",  # Slack
    r"\bgh[pousr]_\w{16,}",  # GitHub
    r"\bwhsec_[\w+/=-]{8,}",  # Standard Webhooks
    r"\bA(?:KIA|SIA)[A-Z0-9]{16}\b",  # Amazon
    r"\bAIza[\w-]{30,}",  # Google
    r"\beyJ[\w-]{6,500}+\.[\w-]{6,}+\.[\w-]*",  # JSON Web Tokens: Temporal Cloud, OAuth
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
)
TOKENS = "|".join(_SHAPES)
"""Alternatives of one regular expression, without groups of their own."""
