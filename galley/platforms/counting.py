"""The plain ways to count a text, before any network's own rule."""


def unify_newlines(text: str) -> str:
    r"""Return ``text`` with CRLF and CR as ``\n``: a line break is counted once."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def utf16_units(text: str) -> int:
    """Count UTF-16 code units: 2 for most emoji and for bold or italic letters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf8_bytes(text: str) -> int:
    """Count UTF-8 bytes; half of a broken surrogate pair costs 3."""
    return len(text.encode("utf-8", "surrogatepass"))
