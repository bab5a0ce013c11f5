"""What is looked at when a built image is searched for secrets.

Images themselves are built, and searched by ``make scan``, where Docker is.
"""

import io
import json
import tarfile
from pathlib import Path

from tests.security.images import secrets_in_image
from tests.security.test_secret_scan import made_up_key

LAYERS = [
    {
        "app/.env": f"ANTHROPIC_API_KEY={made_up_key()}",
        "app/fine.txt": "nothing",
        **{
            f"{folder}/a.txt": f"https://kim:{made_up_key(3)[20:32]}@pypi.company.com/x"
            for folder in ("app", "usr/share/doc/pip")
        },
    },
    # What Docker writes of a file that a later layer deletes.
    {"app/.wh..env": ""},
    {"venv/.gitignore": "*", "venv/bin/run": f"KEY={made_up_key()}"},
]


def tar(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as into:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            into.addfile(entry, io.BytesIO(content))
    return written.getvalue()


def test_every_layer_and_what_the_image_says_of_itself_is_searched(tmp_path: Path) -> None:
    names = [f"blobs/sha256/{number}" for number in range(len(LAYERS))]
    layers = [tar({n: t.encode() for n, t in layer.items()}) for layer in LAYERS]
    about = {"config": {"Env": [f"ANTHROPIC_API_KEY={made_up_key()}"]}}
    manifest = [{"Config": "blobs/sha256/about", "Layers": names}]
    archive = tmp_path / "image.tar"
    archive.write_bytes(
        tar(
            {
                **dict(zip(names, layers, strict=True)),
                "blobs/sha256/about": json.dumps(about).encode(),
                "manifest.json": json.dumps(manifest).encode(),
            }
        )
    )
    folder = tmp_path / "unpacked"
    folder.mkdir()

    found = {one.path for one in secrets_in_image(archive, folder)}

    assert found == {"0/config.json", "0/0/app/.env", "0/0/app/a.txt", "0/2/venv/bin/run"}
