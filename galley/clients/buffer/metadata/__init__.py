"""Our post into what Buffer's ``createPost`` and ``editPost`` take."""

from galley.clients.buffer.metadata.inputs import create_input, edit_input

__all__ = ["create_input", "edit_input"]
