"""Leave no server behind, however a run of the tests ends.

Servers are started by fixtures, by the SDK and by commands that tests run, several
processes deep and in groups of their own. A run that was killed left them running. So
the tests run as a grandchild of the process that was started:

- the first process, which the shell knows, passes signals on and waits;
- the second adopts whatever loses its parent (``PR_SET_CHILD_SUBREAPER``), and kills
  what is left when the tests or the first process have ended;
- the third carries out the tests.
"""

import ctypes
import os
import signal
import sys
import threading
from pathlib import Path
from typing import NoReturn

_PASSED_ON = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
_FIRST_HAS_ENDED = signal.SIGUSR1
_BLOCKED = _PASSED_ON | {signal.SIGCHLD, _FIRST_HAS_ENDED}
# See prctl(2).
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def supervise() -> None:
    """Return in a new process, which the others watch; on Linux alone.

    Nothing happens in a worker of pytest-xdist, which is watched already, nor with
    threads (a debugger's), which a fork would lose.
    """
    if sys.platform != "linux" or "PYTEST_XDIST_WORKER" in os.environ:
        return
    if threading.active_count() > 1:
        return
    first, unblocked = os.getpid(), signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED)
    if second := os.fork():
        _pass_on(second)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    if tests := os.fork():
        _watch(tests, first)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)


def _pass_on(second: int) -> NoReturn:
    """Be the first process."""
    while True:
        told = signal.sigwaitinfo(_PASSED_ON | {signal.SIGCHLD})
        if told.si_signo == signal.SIGCHLD:
            _, status = os.waitpid(second, 0)
            os._exit(os.waitstatus_to_exitcode(status))
        # A terminal tells its whole group: the tests have heard that themselves.
        if told.si_pid:
            os.kill(second, told.si_signo)


def _watch(tests: int, first: int) -> NoReturn:
    """Be the second process: out of the terminal's group, which others may kill."""
    os.setpgid(0, 0)
    _prctl(_PR_SET_PDEATHSIG, _FIRST_HAS_ENDED)
    if os.getppid() != first:
        os.kill(tests, signal.SIGKILL)
    code = None
    while code is None:
        told = signal.sigwaitinfo(_BLOCKED).si_signo
        if told in _PASSED_ON:
            os.kill(tests, told)
        elif told == _FIRST_HAS_ENDED:
            os.kill(tests, signal.SIGKILL)
        else:
            code = _ended().get(tests)
    while left := _children():
        for process in left:
            os.kill(process, signal.SIGKILL)
        os.waitpid(-1, 0)
    os._exit(code if code >= 0 else 128 - code)


def _ended() -> dict[int, int]:
    """Return the exit codes of children that have ended, the adopted ones too."""
    found: dict[int, int] = {}
    while True:
        try:
            process, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if not process:
            return found
        found[process] = os.waitstatus_to_exitcode(status)


def _children() -> list[int]:
    """Return the children of this process, those that have ended too."""
    own = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(process) for process in own.read_text().split()]


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
