"""Sources that were read, in the state bucket by their content hash."""

import hashlib

from galley.clients.storage import ObjectStore
from galley.models import SourceDocument, SourceKind, SourceRef


async def store_document(
    state: ObjectStore, document: SourceDocument, longest_kb: int
) -> SourceRef:
    """Store a document and return a reference to it. The same has the same name.

    Args:
        state: The state bucket.
        document: What was read.
        longest_kb: Kilobytes of UTF-8 from which a text is condensed before drafting.
    """
    data = document.model_dump_json().encode()
    sha256 = hashlib.sha256(data).hexdigest()
    await state.put_if_absent(
        f"sources/{sha256}.json", data, "application/json", same=True
    )
    size = len(document.text.encode())
    return SourceRef(
        kind=document.kind,
        sha256=sha256,
        title=document.title,
        link=document.link,
        language=document.language,
        words=len(document.text.split()),
        size=size,
        is_long=size > longest_kb * 1000 and document.kind is not SourceKind.PROMPTS,
        recording=document.recording,
    )
