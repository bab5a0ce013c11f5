"""What the kernel refuses a child of the sandbox: files, network, other programs and processes.

The child calls it before it reads a stranger's bytes. On Linux Landlock closes the files and
seccomp the system calls; each holds for the process and all that it forks, and cannot be taken
back. Elsewhere neither exists, and ``doctor`` says so.

Each start of ffmpeg imports it: pathlib, platform and typing would double what Python takes of it.
"""

import ctypes
import errno
import os
import stat
import struct
import sys

# linux/landlock.h. The three calls have the same numbers on every architecture.
_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_VERSION = 1  # a flag: only tell the version
_BENEATH = 1
_RUN = 1 << 0
_READ = (1 << 2) | (1 << 3)  # files and folders; not to execute
_WRITE = sum(1 << bit for bit in (1, 4, 5, 7, 8, 13, 14))  # write, remove, make, move, truncate
_ALL_OF_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1}
_BIND_AND_CONNECT, _ABSTRACT_SOCKETS_AND_SIGNALS = 0b11, 0b11
_WITH_NETWORK, _WITH_SCOPES = 4, 6  # versions
_FILE_ONLY = (1 << 0) | (1 << 1) | (1 << 2)
# linux/prctl.h, linux/seccomp.h, linux/audit.h
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER, _DIE_WITH_PARENT = 38, 22, 2, 1
_KILL_WITH = 9
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# Numbers on x86_64 and aarch64; -1 where there is none.
_REACHING_OUT = {
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "execve": (59, 221),
    "execveat": (322, 281),
    "io_uring_setup": (425, 425),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "mount": (165, 40),
    "unshare": (272, 97),
    "setns": (308, 268),
    "pidfd_getfd": (438, 438),
    "init_module": (175, 105),
    "kexec_load": (246, 104),
}
_MULTIPLYING = {
    "clone": (56, 220),
    "clone3": (435, 435),
    "fork": (57, -1),
    "vfork": (58, -1),
    "kill": (62, 129),
    "tkill": (200, 130),
    "setpgid": (109, 154),
    "setsid": (112, 157),
}
_X32 = 0x40000000  # numbers of another convention of x86_64, which would pass the list


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def landlock_version() -> int:
    """Return the version of Landlock that the kernel has; 0 if it has none."""
    if sys.platform != "linux":
        return 0
    return max(0, int(_libc().syscall(_CREATE, None, 0, _VERSION)))


def close_files(readable: list[str], writable: list[str], runnable: tuple[str, ...] = ()) -> bool:
    """Close all files but these, and those beneath these folders; return whether the kernel did.

    Files that are open stay open. TCP connections, and signals to other processes, are closed
    too where the kernel's Landlock knows them.
    """
    version = landlock_version()
    if not version:
        return False
    libc = _libc()
    every = _ALL_OF_VERSION.get(version, ((1 << 16) - 1))
    network = _BIND_AND_CONNECT if version >= _WITH_NETWORK else 0
    scopes = _ABSTRACT_SOCKETS_AND_SIGNALS if version >= _WITH_SCOPES else 0
    wanted = struct.pack("QQQ", every, network, scopes)
    size = 24 if version >= _WITH_SCOPES else 16 if version >= _WITH_NETWORK else 8
    rules = libc.syscall(_CREATE, wanted, size, 0)
    if rules < 0:
        return False
    try:
        for path, rights in (
            *((one, _READ) for one in readable),
            *((one, _READ | _WRITE) for one in writable),
            *((one, _READ | _RUN) for one in runnable),
        ):
            _open_beneath(libc, rules, path, rights & every)
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        return libc.syscall(_RESTRICT, rules, 0) == 0
    finally:
        os.close(rules)


def _open_beneath(libc: ctypes.CDLL, rules: int, path: str, rights: int) -> None:
    try:
        found = os.open(path, getattr(os, "O_PATH", 0) | os.O_CLOEXEC)
    except OSError:  # there is no such folder here
        return
    try:
        rights = rights if stat.S_ISDIR(os.fstat(found).st_mode) else rights & _FILE_ONLY
        libc.syscall(_ADD_RULE, rules, _BENEATH, struct.pack("=Qi", rights, found), 0)
    finally:
        os.close(found)


def close_calls(*, is_alone: bool = False, may_run: bool = False) -> bool:
    """Refuse sockets, programs and looks at other processes; return whether the kernel does.

    Args:
        is_alone: Refuse new processes and threads, and signals, in their place.
        may_run: Do not refuse programs.
    """
    machine = os.uname().machine
    audit = _ARCHITECTURES.get(machine)
    if sys.platform != "linux" or audit is None:
        return False
    column = list(_ARCHITECTURES).index(machine)
    calls = _MULTIPLYING if is_alone else _REACHING_OUT
    numbers = sorted(
        pair[column]
        for name, pair in calls.items()
        if pair[column] >= 0 and not (may_run and name.startswith("exec"))
    )
    program = _program(audit, numbers)
    held = ctypes.create_string_buffer(program, len(program))
    about = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(held))
    libc = _libc()
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    return libc.prctl(_SECCOMP, _FILTER, about, 0, 0) == 0


def _program(audit: int, numbers: list[int]) -> bytes:
    """Return a filter in classic BPF: each line is a code, two jumps and a value."""
    least = [(_AT_LEAST, len(numbers) + 1, 0, _X32)] if audit == _ARCHITECTURES["x86_64"] else []
    lines = [
        (_LOAD, 0, 0, 4),  # the architecture
        (_EQUAL, 0, len(numbers) + len(least) + 2, audit),
        (_LOAD, 0, 0, 0),  # the number of the call
        *least,
        *((_EQUAL, len(numbers) - at, 0, number) for at, number in enumerate(numbers)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that forked it ends."""
    if sys.platform == "linux":
        _libc().prctl(_DIE_WITH_PARENT, _KILL_WITH, 0, 0, 0)
