# ruff: noqa: PTH100, PTH112, PTH113, PTH123, PTH208 - pathlib takes as long to import as the rest
"""Another program, such as ffmpeg, with what the kernel refuses a child of the sandbox.

``python -c "…launch.main()" READABLE WRITABLE PROGRAM ARGUMENT…`` gives up its rights and becomes
the program, which may run no other unless it is a script. Where the kernel has no Landlock the
program runs as it is.
"""

import os
import resource
import sys

from galley.sandbox import kernel

_ROOT = __file__.rsplit(os.sep, 3)[0]
_START = (
    f"import sys; sys.path.insert(0, {_ROOT!r}); from galley.sandbox import launch; launch.main()"
)
_STACK = 2 << 20
# Static builds of ffmpeg end at once without random numbers: a library of theirs asks for some.
_DEVICES = ("/dev/null", "/dev/urandom")
_LOADERS = ("/lib64", "/lib")
"""Where the loader of programs is, which a program with shared libraries begins with."""


def launched(
    command: list[str], folder: os.PathLike[str] | None, readable: tuple[str, ...]
) -> list[str]:
    """Return the command that runs another without rights.

    It may read its libraries, what ``readable`` names and the files that its arguments name,
    and write to ``folder`` and to temporary files.

    Raises:
        FileNotFoundError: There is no such program.
    """
    # The worker's own, which the process that becomes the program does without.
    import shutil
    import tempfile

    program = shutil.which(command[0])
    if program is None:
        raise FileNotFoundError(2, "No such file or directory")
    if not kernel.landlock_version():
        return command
    named = (word.removeprefix("file:") for word in command[1:])
    files = [word for word in named if word.startswith("/") and os.path.isfile(word)]
    write = [tempfile.gettempdir(), *([os.path.abspath(folder)] if folder else [])]
    folders = [":".join(paths) for paths in ((*readable, *files), write)]
    # Without site packages and the user's variables Python starts in a few milliseconds.
    return [sys.executable, "-I", "-S", "-c", _START, *folders, program, *command[1:]]


def _interpreters(program: str) -> tuple[str, ...]:
    """Return where the programs are that a script runs in its place: a wrapper of ffmpeg."""
    with open(program, "rb") as begun:
        is_script = begun.read(2) == b"#!"
    own = sys.executable.rsplit(os.sep, 2)[0]
    return ("/usr", "/bin", "/opt", "/nix/store", own) if is_script else ()


def main() -> None:
    """Become the program."""
    # The film of a worker that was killed is made anew: what nobody waits for takes its time.
    kernel.die_with_parent()
    # Glibc gives each thread a stack of this size, and all of it counts as memory: ffmpeg has
    # two threads or more for each picture of a film.
    resource.setrlimit(
        resource.RLIMIT_STACK, (_STACK, resource.getrlimit(resource.RLIMIT_STACK)[1])
    )
    readable, writable, program, *arguments = sys.argv[1:]
    loaders = [
        f"{folder}/{name}"
        for folder in _LOADERS
        if os.path.isdir(folder)
        for name in os.listdir(folder)
        if name.startswith("ld-")
    ]
    libraries = ["/usr/lib", "/usr/local/lib", *_DEVICES, f"{_ROOT}/galley"]
    kernel.close_files(
        [*libraries, *readable.split(":")],
        writable.split(":"),
        (os.path.realpath(program), *loaders, *_interpreters(program)),
    )
    kernel.close_calls(may_run=True)
    os.execv(program, [program, *arguments])  # noqa: S606 -- it is to replace this one
