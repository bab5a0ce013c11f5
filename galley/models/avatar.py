"""Who speaks in generated videos of a brand: a portrait, and the right to use it."""

from pydantic import Field

from galley.models.base import Model


class Avatar(Model):
    """What stands under ``avatar`` in a ``persona.yaml``."""

    portrait: str = Field(
        min_length=1,
        max_length=300,
        description="A JPEG, PNG or WebP file of one face, named from where the "
        "persona lies; once kept, ``brand/<sha256>.jpg`` in the state bucket.",
    )
    consent: bool = Field(
        default=False,
        description="The author's word that whoever is shown agrees to be made to "
        "speak. Without it nothing is generated.",
    )
