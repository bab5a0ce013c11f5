"""What is asked for by its media type; the first bytes decide in the end."""

PAGES = frozenset(
    {
        "",
        "text/html",
        "application/xhtml+xml",
        "text/plain",
        "text/markdown",
        "text/x-markdown",
    }
)
"""Media types of articles."""
FEEDS = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/xml",
        "text/xml",
    }
)
"""Media types of feeds; many servers send one as a page, too."""
TRANSCRIPTS = PAGES | {
    "text/vtt",
    "text/srt",
    "application/srt",
    "application/x-srt",
    "application/x-subrip",
    "application/json",
    "application/octet-stream",
}
"""Media types under which transcripts are sent."""
RECORDINGS = frozenset(
    {
        "",
        "audio/aac",
        "audio/aacp",
        "audio/flac",
        "audio/m4a",
        "audio/mp3",
        "audio/mp4",
        "audio/mpeg",
        "audio/mpeg3",
        "audio/ogg",
        "audio/opus",
        "audio/vnd.wave",
        "audio/wav",
        "audio/wave",
        "audio/webm",
        "audio/x-aac",
        "audio/x-flac",
        "audio/x-m4a",
        "audio/x-mp3",
        "audio/x-mpeg",
        "audio/x-wav",
        "video/mp4",
        "video/mpeg",
        "video/ogg",
        "video/quicktime",
        "video/webm",
        "video/x-m4v",
        "video/x-matroska",
        "application/ogg",
        "application/octet-stream",
        "binary/octet-stream",
    }
)
"""Media types under which recordings are sent."""
PICTURES = frozenset(
    {
        "",
        "application/octet-stream",
        "binary/octet-stream",
        "image/gif",
        "image/jpeg",
        "image/jpg",
        "image/png",
        "image/webp",
    }
)
"""Media types under which pictures are sent; what they are is told by decoding."""
