"""A tether: a process that ends when the one that started it is gone, however that died. Linux alone has it.

Elsewhere nothing is tied, and whoever must not outlive its parent needs a sign of its own, such as a pipe that closes.

`python -m artwork.tether PARENT COMMAND...` becomes the command, tied to the process of that number. The thread that
starts it is what it is tied to: one that ends before its process ends the command.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

_SET_PARENT_DEATH_SIGNAL = 1
"""prctl(2), PR_SET_PDEATHSIG."""
_libc = ctypes.CDLL(None)


def tie(ends_with: signal.Signals) -> None:
    """This process gets that signal when the thread that started it is gone; it stays so when it executes another."""
    with suppress(AttributeError):
        _libc.prctl(_SET_PARENT_DEATH_SIGNAL, ends_with)


def tethered(command: Sequence[str]) -> list[str]:
    """The words that run the command tied to this process: SIGTERM ends it, should this process be killed."""
    return [sys.executable, "-m", "artwork.tether", str(os.getpid()), *command]


def main() -> None:
    """This process is the command now, tied to its parent; it ends here when that is gone already."""
    tie(signal.SIGTERM)
    if os.getppid() == int(sys.argv[1]):
        os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606  # no shell is meant: the words are our parent's own


if __name__ == "__main__":
    main()
