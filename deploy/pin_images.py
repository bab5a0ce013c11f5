"""Pin the images of the Dockerfile and the compose files to the digests of their registries.

``make pin-images`` asks a registry, by skopeo or by ``docker buildx``, and writes each digest
behind its tag. With ``--check`` nothing is asked: what has no digest is named, with exit code 1.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_FILES = ("Dockerfile", "docker-compose*.yml")
_OWN = "galley:"
# `image: postgres:${VERSION:-17}`, and `ARG PYTHON=python:3.13-slim-trixie` of the Dockerfile.
_IMAGE = re.compile(
    r"^(?:\s*image: |ARG PYTHON=)(?P<name>[a-z0-9./-]+):(?:\$\{\w+:-)?"
    r"(?P<tag>[\w.-]+)(?P<digest>@sha256:[0-9a-f]{64})?\}?$",
    re.MULTILINE,
)
_ASK = {
    "skopeo": ("skopeo", "inspect", "--raw", "docker://{}"),
    "docker": ("docker", "buildx", "imagetools", "inspect", "--raw", "{}"),
}
"""Both print the manifest as the registry has it, whose hash is the digest."""


class _RegistryError(Exception):
    """A digest could not be had; the text says why."""


def images_in(folder: Path) -> Iterator[tuple[Path, re.Match[str]]]:
    """Yield each image that is taken from a registry, with the file that names it."""
    for pattern in _FILES:
        for file in sorted(folder.glob(pattern)):
            for found in _IMAGE.finditer(file.read_text()):
                if not found[0].strip().removeprefix("image: ").startswith(_OWN):
                    yield file, found


def digest_of(image: str) -> str:
    """Return the digest that a registry has for an image now: of all its platforms together.

    Raises:
        _RegistryError: There is no program to ask with, or no answer.
    """
    program = next((name for name in _ASK if shutil.which(name)), None)
    if program is None:
        raise _RegistryError("Install skopeo, or Docker with buildx: one of them asks a registry.")
    command = [word.format(image) for word in _ASK[program]]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)  # noqa: S603 - ours
    if done.returncode or not done.stdout.startswith(b"{"):
        why = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise _RegistryError(f"{image} was not found: {' '.join(why) or 'no answer'}")
    return hashlib.sha256(done.stdout).hexdigest()


def pin(folder: Path) -> list[str]:
    """Write the digest behind every tag; return a line for each image.

    Raises:
        _RegistryError: One could not be had; then no file is changed.
    """
    images = list(images_in(folder))
    named = dict.fromkeys(f"{found['name']}:{found['tag']}" for _, found in images)
    digests = {image: digest_of(image) for image in named}
    for file in dict.fromkeys(file for file, _ in images):
        text = _IMAGE.sub(lambda found: _pinned(found, digests), file.read_text())
        file.write_text(text)
    return [f"{image}@sha256:{digest}" for image, digest in digests.items()]


def _pinned(found: re.Match[str], digests: dict[str, str]) -> str:
    digest = digests.get(f"{found['name']}:{found['tag']}")
    if digest is None:
        return found[0]
    tag, old = found["tag"], found["digest"] or ""
    return (
        found[0]
        .replace(f":{tag}{old}", f":{tag}@sha256:{digest}")
        .replace(f":-{tag}{old}", f":-{tag}@sha256:{digest}")
    )


def main(arguments: list[str]) -> int:
    """Pin the images of this folder, or name those that are not pinned."""
    folder = Path.cwd()
    if arguments == ["--check"]:
        loose = [
            f"{file.name}: {found['name']}:{found['tag']}"
            for file, found in images_in(folder)
            if found["digest"] is None
        ]
        for line in loose:
            sys.stdout.write(f"not pinned: {line}\n")
        return 1 if loose else 0
    try:
        for line in pin(folder):
            sys.stdout.write(f"{line}\n")
    except _RegistryError as error:
        sys.stderr.write(f"{error} Nothing was changed.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
