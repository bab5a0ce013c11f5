"""Style, script and icons: each has an address for its content, under which browsers keep it."""

import hashlib
from collections.abc import MutableMapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from starlette.datastructures import URL
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

STATIC = Path(str(files("web") / "static"))
_FOR_GOOD, _IF_UNCHANGED = "max-age=31536000, immutable", "no-cache"


def static_address(name: str) -> str:
    """Return the address of a file, which is another one once the file is."""
    return f"/static/{name}?v={digest_of(STATIC / name)}"


def digest_of(file: Path) -> str:
    """Return the beginning of a file's digest; an update may change it under a running server."""
    found = file.stat()
    return _digest(file, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=64)
def _digest(file: Path, _changed_at: int, _size: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


class _Files(StaticFiles):
    """Files that browsers keep: none of them is secret."""

    def file_response(
        self,
        full_path: Any,  # noqa: ANN401 -- as the library declares it
        stat_result: Any,  # noqa: ANN401
        scope: MutableMapping[str, Any],
        status_code: int = 200,
    ) -> Response:
        answer = super().file_response(full_path, stat_result, scope, status_code)
        url = URL(scope=scope)
        # A replica of another version, asked for a file by that one's address, has other content.
        is_its_own = f"{url.path}?{url.query}" == static_address(Path(full_path).name)
        answer.headers["Cache-Control"] = _FOR_GOOD if is_its_own else _IF_UNCHANGED
        return answer


def static_files() -> ASGIApp:
    """Return the application of ``/static``; pages are not compressed, as they hold tokens."""
    return GZipMiddleware(_Files(directory=STATIC), minimum_size=600)
