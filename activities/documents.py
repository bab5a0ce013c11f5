"""Sources that were read, in the state bucket by their content hash."""

import hashlib

from galley.clients.storage import ObjectStore
from galley.models import SourceDocument, SourceRef


async def store_document(state: ObjectStore, document: SourceDocument) -> SourceRef:
    """Store a document and return a reference to it. The same has the same name."""
    data = document.model_dump_json().encode()
    sha256 = hashlib.sha256(data).hexdigest()
    await state.put_if_absent(
        f"sources/{sha256}.json", data, "application/json", same=True
    )
    return SourceRef(
        kind=document.kind,
        sha256=sha256,
        title=document.title,
        link=document.link,
        language=document.language,
        words=len(document.text.split()),
        size=len(document.text.encode()),
        recording=document.recording,
    )
