"""Another program, such as ffmpeg, with what the kernel refuses a child of the sandbox.

``python -c "…launch.main()" READABLE WRITABLE PROGRAM ARGUMENT…`` gives up its rights and becomes
the program, which may run no other unless it is a script. Where the kernel has no Landlock the
program runs as it is.
"""

import os
import resource
import shutil
import sys
import tempfile
from pathlib import Path

from galley.sandbox import kernel

_ROOT = Path(__file__).parents[2]
_START = (
    f"import sys; sys.path.insert(0, {str(_ROOT)!r}); "
    "from galley.sandbox import launch; launch.main()"
)
_STACK = 2 << 20
# Static builds of ffmpeg end at once without random numbers: a library of theirs asks for some.
_DEVICES = Path("/dev/null"), Path("/dev/urandom")
_LOADERS = ("/lib64", "/lib")
"""Where the loader of programs is, which a program with shared libraries begins with."""


def launched(command: list[str], folder: Path | None, readable: tuple[str, ...]) -> list[str]:
    """Return the command that runs another without rights.

    It may read its libraries, what ``readable`` names and the files that its arguments name,
    and write to ``folder`` and to temporary files.

    Raises:
        FileNotFoundError: There is no such program.
    """
    program = shutil.which(command[0])
    if program is None:
        raise FileNotFoundError(2, "No such file or directory")
    if not kernel.landlock_version():
        return command
    named = (word.removeprefix("file:") for word in command[1:])
    files = [word for word in named if word.startswith("/") and Path(word).is_file()]
    write = [tempfile.gettempdir(), *([str(folder.absolute())] if folder else [])]
    folders = [":".join(paths) for paths in ((*readable, *files), write)]
    # Without site packages and the user's variables Python starts in a few milliseconds.
    return [sys.executable, "-I", "-S", "-c", _START, *folders, program, *command[1:]]


def _interpreters(program: Path) -> list[Path]:
    """Return where the programs are that a script runs in its place: a wrapper of ffmpeg."""
    with program.open("rb") as begun:
        is_script = begun.read(2) == b"#!"
    folders = ("/usr", "/bin", "/opt", "/nix/store")
    return [*map(Path, folders), Path(sys.executable).parents[1]] if is_script else []


def main() -> None:
    """Become the program."""
    # Glibc gives each thread a stack of this size, and all of it counts as memory: ffmpeg has
    # two threads or more for each picture of a film.
    resource.setrlimit(
        resource.RLIMIT_STACK, (_STACK, resource.getrlimit(resource.RLIMIT_STACK)[1])
    )
    readable, writable, program, *arguments = sys.argv[1:]
    loaders = [one for folder in _LOADERS for one in Path(folder).glob("ld-*")]
    libraries = [Path("/usr/lib"), Path("/usr/local/lib"), *_DEVICES, _ROOT / "galley"]
    kernel.close_files(
        [*libraries, *map(Path, readable.split(":"))],
        map(Path, writable.split(":")),
        [Path(program).resolve(), *loaders, *_interpreters(Path(program))],
    )
    kernel.close_calls(may_run=True)
    os.execv(program, [program, *arguments])  # noqa: S606 -- it is to replace this one
