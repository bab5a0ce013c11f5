"""One run as files: what is asked, what was answered, and the posts made of it.

``requests/NAME.json`` is a body for Anthropic's Messages API, ``requests/NAME.md`` the
same to read; whoever writes puts the JSON that is asked for into ``answers/NAME.json``.
A model, a person and another program can each take that part.
"""

import json
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import BaseModel

from galley.models.budget import TokenUse
from galley.models.network import Platform

Pipeline = Literal["product", "chat"]
Json = dict[str, Any]
_FENCE = "```"


class AwaitingAnswerError(Exception):
    """A request was written and nobody has answered it yet."""


class RunError(Exception):
    """What was asked for cannot be done; the message says why."""


class Manifest(BaseModel):
    """What a run is of."""

    source: Path
    persona: Path | None = None
    pipeline: Pipeline
    model: str
    networks: tuple[Platform, ...] = tuple(Platform)


class RunFolder:
    """The files of one run of one pipeline on one source."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def manifest(self) -> Manifest:
        """What the run is of.

        Raises:
            FileNotFoundError: Nothing was requested into this folder.
        """
        text = (self.path / "run.json").read_text(encoding="utf-8")
        return Manifest.model_validate_json(text)

    def start(self, manifest: Manifest) -> None:
        """Begin a run; one that began stays what it was."""
        text = manifest.model_dump_json(indent=1) + "\n"
        file = self.path / "run.json"
        if file.exists() and file.read_text(encoding="utf-8") != text:
            raise RunError(f"{self.path} holds another run: name another folder.")
        self._write("run.json", text)

    def ask(self, name: str, params: Json) -> str:
        """Return the answer to a request.

        Raises:
            AwaitingAnswerError: There is none yet; the request is written down.
        """
        body = json.dumps(params, indent=1, ensure_ascii=False) + "\n"
        file = self.path / "requests" / f"{name}.json"
        if file.exists() and file.read_text(encoding="utf-8") != body:
            raise RunError(
                f"{file} asked something else before: prompts or source have changed, "
                "so start a new folder."
            )
        self._write(f"requests/{name}.json", body)
        self._write(f"requests/{name}.md", readable(params, f"answers/{name}.json"))
        answer = self.path / "answers" / f"{name}.json"
        if not answer.exists():
            raise AwaitingAnswerError(name)
        return unfenced(answer.read_text(encoding="utf-8"))

    def open_requests(self) -> list[str]:
        """Return the names of requests without an answer."""
        asked = sorted((self.path / "requests").glob("*.json"))
        answers = self.path / "answers"
        return [one.stem for one in asked if not (answers / one.name).exists()]

    def answered(self) -> list[tuple[Json, str]]:
        """Return each request with its answer, the first that was asked first."""
        asked = (self.path / "requests").glob("*.json")
        first = sorted(asked, key=lambda one: (one.stat().st_mtime_ns, one.name))
        answers = self.path / "answers"
        return [
            (
                cast("Json", json.loads(one.read_text(encoding="utf-8"))),
                (answers / one.name).read_text(encoding="utf-8"),
            )
            for one in first
            if (answers / one.name).exists()
        ]

    def request(self, name: str) -> Json:
        """Return a request's body."""
        text = (self.path / "requests" / f"{name}.json").read_text(encoding="utf-8")
        return cast("Json", json.loads(text))

    def answer(self, name: str, text: str, use: TokenUse) -> None:
        """Keep an answer that came by API, and what it was billed."""
        self._write(f"answers/{name}.json", text)
        self._write(f"usage/{name}.json", use.model_dump_json() + "\n")

    def usages(self) -> list[TokenUse]:
        """Return what the API billed; empty where people answered."""
        return [
            TokenUse.model_validate_json(one.read_text(encoding="utf-8"))
            for one in sorted((self.path / "usage").glob("*.json"))
        ]

    def write_json(self, name: str, value: object) -> None:
        """Write a result."""
        text = json.dumps(value, indent=1, ensure_ascii=False)
        self._write(name, text + "\n")

    def write_text(self, name: str, text: str) -> None:
        """Write a page."""
        self._write(name, text)

    def _write(self, name: str, text: str) -> None:
        file = self.path / name
        if file.exists() and file.read_text(encoding="utf-8") == text:
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def readable(params: Json, where: str) -> str:
    """Return a request's words as a page for whoever answers it by hand."""
    told = f"Answer the request below with the JSON object alone, in `{where}`."
    parts = [f"{told} Its schema stands at the end."]
    parts += [f"# System\n\n{block['text']}" for block in params.get("system", [])]
    parts += [f"# {turn['role'].title()}\n\n{_said(turn)}" for turn in params["messages"]]
    schema = json.dumps(params["output_config"]["format"]["schema"], indent=1, ensure_ascii=False)
    parts.append(f"# Schema of the answer\n\n{_FENCE}json\n{schema}\n{_FENCE}")
    return "\n\n".join(parts) + "\n"


def _said(turn: Json) -> str:
    content = turn["content"]
    blocks = [content] if isinstance(content, str) else [block["text"] for block in content]
    return "\n\n".join(blocks)


def unfenced(text: str) -> str:
    """Return the JSON without the code fence that people like to put around it."""
    said = text.strip()
    if said.startswith(_FENCE):
        said = said.partition("\n")[2].rpartition(_FENCE)[0].strip()
    return said
