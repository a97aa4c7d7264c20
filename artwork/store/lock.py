"""The lock on a file: held until the file is closed, and gone with its holder however that dies."""

from __future__ import annotations

import fcntl
from typing import IO


def lock(file: IO[bytes], *, wait: bool = False) -> bool:
    """Whether the lock is ours now; never where the file system knows no locks."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True
