"""Look for secrets in built images: ``make scan``.

Every layer is searched by itself, so that what a later one deletes is found, too, and
what the image says of itself: its variables, labels and the commands that built it. The
scanner's own reader of images does not know the form that Docker writes since version
25. Rules of the scanner pass over ``site-packages``; the lock holds those files to
their hashes.
"""

import json
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, cast

from tests.security.scanning import Finding, scanned, secrets_in

IMAGES = ("galley:worker", "galley:local")
_ADDRESS = "betterleaks.generic-credential-uri"
_IGNORING = ".gitignore"
"""The scanner would pass over what such a file names: uv writes one into `.venv`."""


def secrets_in_image(archive: Path, folder: Path) -> list[Finding]:
    """Return what looks like a secret in an archive that ``docker save`` wrote.

    Args:
        archive: What was written.
        folder: Empty; the image is unpacked into it.
    """
    with tarfile.open(archive) as saved:
        manifest: list[dict[str, Any]] = json.load(_open(saved, "manifest.json"))
        for number, image in enumerate(manifest):
            place = folder / str(number)
            place.mkdir()
            (place / "config.json").write_bytes(_open(saved, image["Config"]).read())
            for depth, layer in enumerate(image["Layers"]):
                _unpack(_open(saved, layer), place / str(depth))
    return [one for one in secrets_in(scanned(folder, "--no-dedup")) if not _is_example(one)]


def _is_example(found: Finding) -> bool:
    """Whether it is an address with a password in the documents of a package of Debian's."""
    return found.rule == _ADDRESS and "/usr/share/doc/" in found.path


def _open(saved: tarfile.TarFile, name: str) -> IO[bytes]:
    return cast("IO[bytes]", saved.extractfile(name))


def _unpack(layer: IO[bytes], place: Path) -> None:
    place.mkdir()
    with tarfile.open(fileobj=layer) as files:
        for file in files:
            if file.isfile():
                file.name = file.name.replace(_IGNORING, f"{_IGNORING}.kept")
                file.mode = 0o600
                files.extract(file, place, filter="data")


def main(images: Sequence[str]) -> int:
    """Scan images that Docker has here; return how many hold a secret."""
    bad = 0
    for image in images or IMAGES:
        print(f"{image}: saving, unpacking and searching …", flush=True)  # noqa: T201
        with TemporaryDirectory() as place:
            archive, folder = Path(place, "image.tar"), Path(place, "image")
            folder.mkdir()
            save = ["docker", "save", "--output", str(archive), image]
            if subprocess.run(save, check=False).returncode:  # noqa: S603
                return 1
            found = secrets_in_image(archive, folder)
        bad += bool(found)
        for one in found:
            print(f"  {one.path}: {one.rule}")  # noqa: T201
        print(f"{image}: {len(found) or 'no'} secrets")  # noqa: T201
    return bad


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
