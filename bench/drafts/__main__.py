"""Measure drafts blind, on files: see ``python -m bench.drafts --help``.

Without a key, whoever writes answers ``requests/NAME.md`` in ``answers/NAME.json`` and
``assemble`` goes on from there; whoever judges answers ``judge.md``. With
``ANTHROPIC_API_KEY``, ``run`` and ``judge`` let a model do both.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import cast, get_args

from bench.drafts.chat import write_chat
from bench.drafts.filed import MODEL
from bench.drafts.folder import Json, Manifest, Pipeline, RunError, RunFolder
from bench.drafts.judging import write_pairs
from bench.drafts.material import RunMaterial, read_material
from bench.drafts.model import Model
from bench.drafts.posts import page_of
from bench.drafts.product import write_product
from bench.drafts.record import record
from bench.drafts.score import table_of
from emulators.anthropic.recorded import FILE

_WRITERS = {"product": write_product, "chat": write_chat}


async def assemble(folder: RunFolder) -> list[str]:
    """Take the answers as far as they go; return the requests that wait for one."""
    manifest = folder.manifest
    material = await read_material(manifest.source, manifest.persona)
    posts = await _WRITERS[manifest.pipeline](folder, material)
    waiting = folder.open_requests()
    folder.write_json(
        "posts.json",
        {
            "source": f"{material.document.title}\n\n{material.document.text}",
            "brand": _brand_line(material),
            "pipeline": manifest.pipeline,
            "waiting": waiting,
            "posts": {one.value: post.model_dump() for one, post in posts.items()},
        },
    )
    folder.write_text("posts.md", page_of(posts, waiting))
    return waiting


async def run_by_model(folder: RunFolder, model: Model) -> None:
    """Answer and assemble until nothing is asked any more."""
    while await assemble(folder):
        await model.answer_all(folder)


async def judge_by_model(pairs: Path, judges: int, model: Model) -> None:
    """Let so many judges decide, each by itself."""
    request = cast("Json", json.loads((pairs / "judge.json").read_text("utf-8")))
    for number in range(1, judges + 1):
        await model.judge(pairs, request, f"judge-{number}")


def _brand_line(material: RunMaterial) -> str:
    persona = material.persona
    return " ".join(filter(None, (f"{persona.brand}.", persona.audience))) if persona else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.drafts", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, about in (
        ("requests", "write every request that can be made now"),
        ("run", "write, answer by API and assemble"),
    ):
        one = commands.add_parser(name, help=about)
        one.add_argument("source", type=Path)
        one.add_argument("--persona", type=Path)
        one.add_argument("--out", type=Path, required=True)
        one.add_argument("--pipeline", choices=get_args(Pipeline), default="product")
        one.add_argument("--model", default=MODEL)
    one = commands.add_parser("assemble", help="take the answers to posts")
    one.add_argument("folder", type=Path)
    one = commands.add_parser("record", help="keep the posts for the emulator of Anthropic")
    one.add_argument("folder", type=Path)
    one.add_argument("--out", type=Path, default=FILE)
    one = commands.add_parser("pairs", help="write blind pairs, and the key apart")
    one.add_argument("ours", type=Path)
    one.add_argument("other", type=Path)
    one.add_argument("--seed", type=int, required=True)
    one.add_argument("--out", type=Path, required=True)
    one.add_argument("--model", default=MODEL)
    one = commands.add_parser("judge", help="judge pairs by API")
    one.add_argument("pairs", type=Path)
    one.add_argument("--judges", type=int, default=2)
    one = commands.add_parser("score", help="count what the judges said")
    one.add_argument("pairs", type=Path, nargs="+")
    one.add_argument("--out", type=Path)
    return parser


async def _by_model(given: argparse.Namespace) -> None:
    model = Model.from_environment()
    try:
        if given.command == "run":
            await run_by_model(RunFolder(given.out), model)
        else:
            await judge_by_model(given.pairs, given.judges, model)
    finally:
        await model.aclose()


def main(words: list[str] | None = None) -> None:
    """Do what the command says."""
    given = _parser().parse_args(words)
    try:
        _do(given)
    except RunError as error:
        sys.exit(str(error))


def _do(given: argparse.Namespace) -> None:
    if given.command in {"requests", "run"}:
        RunFolder(given.out).start(
            Manifest(
                source=given.source,
                persona=given.persona,
                pipeline=given.pipeline,
                model=given.model,
            )
        )
    match given.command:
        case "requests" | "assemble":
            folder = given.out if given.command == "requests" else given.folder
            waiting = asyncio.run(assemble(RunFolder(folder)))
            print(f"{folder}: {len(waiting)} requests wait: {', '.join(waiting)}")
        case "record":
            recording, left_out = asyncio.run(record(RunFolder(given.folder)))
            for line in left_out:
                print(f"left out: {line}")
            told = recording.model_dump_json(indent=1) + "\n"
            given.out.write_text(told, encoding="utf-8")
            print(f"{given.out}: written")
        case "pairs":
            key = write_pairs(given.ours, given.other, given.out, given.seed, given.model)
            print(f"{given.out / 'judge.md'}: {len(key.a)} pairs")
        case "score":
            told = table_of(given.pairs)
            if given.out:
                given.out.write_text(told, encoding="utf-8")
            print(told)
        case _:
            asyncio.run(_by_model(given))


if __name__ == "__main__":
    main()
