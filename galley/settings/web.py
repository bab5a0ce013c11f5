"""Settings of the review pages that a team reaches: address, sign-in, keys, and clients' links."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from galley.settings.secret_files import SubjectSettings

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_LEAST_SECRET = 32
"""Characters; a shorter one could be guessed from a link that it signed."""


class WebSettings(SubjectSettings):
    """Review pages."""

    web_address: str | None = Field(
        default=None,
        description="Address under which people reach the review pages, such as "
        "`https://review.example.com`; messages link to it. Missing, or `http://127.0.0.1:9703`: "
        "they serve one person on this machine.",
    )
    web_oidc_issuer: str | None = Field(
        default=None,
        description="OpenID Connect provider that signs people in, such as "
        "`https://accounts.google.com`. A person is found in the team by e-mail address.",
    )
    web_oidc_client_id: str | None = Field(
        default=None, description="ID that the provider gave the review pages."
    )
    web_oidc_client_secret: SecretStr | None = Field(
        default=None, description="Secret that the provider gave the review pages."
    )
    web_keys: Path | None = Field(
        default=None,
        description="Folder with the keys by which the review pages sign for people of the team: "
        "`<name>.pem` each.",
    )
    web_links_secret: SecretStr | None = Field(
        default=None,
        description="Signs the links for clients and those in messages by which people decide, 32 "
        "characters or more; the same for workers and pages. A new one ends all links. Missing: "
        "there are no links.",
    )
    slack_signing_secret: SecretStr | None = Field(
        default=None,
        description="Signing secret of your app in Slack: messages have buttons, and the review "
        "pages hear who presses one. The same for workers and pages.",
    )

    @property
    def team_address(self) -> str | None:
        """The address at which people sign in; ``None``: the pages serve one person.

        An address of this machine without a provider is that of one person's pages.
        """
        is_here = urlsplit(self.web_address or "").hostname in _HERE
        return None if is_here and self.web_oidc_issuer is None else self.web_address

    @field_validator("web_address")
    @classmethod
    def _is_an_origin(cls, given: str | None) -> str | None:
        if given is None:
            return None
        parts = urlsplit(given)
        is_here = parts.hostname in _HERE
        if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
            raise ValueError("write an address with https, such as https://review.example.com")
        if given.rstrip("/") != f"{parts.scheme}://{parts.netloc}":
            raise ValueError("leave the path out, as in https://review.example.com")
        return given.rstrip("/")

    @field_validator("web_links_secret")
    @classmethod
    def _is_long(cls, given: SecretStr | None) -> SecretStr | None:
        if given is not None and len(given.get_secret_value()) < _LEAST_SECRET:
            raise ValueError("take 32 characters or more, such as of `openssl rand -hex 32`")
        return given
