"""Pictures that a person took back after they were published: what a snapshot holds and may no longer be shown.

A snapshot never changes, so the set lies beside the pointer; the service looks at it every second.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import msgspec

from ranking.errors import SnapshotError
from ranking.learn.folder import replace_file

FILE = "withdrawn.json"


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    options: list[str]


def write_withdrawn(store: Path, options: Collection[str]) -> None:
    """From now on exactly these options are withdrawn: the file is replaced whole, and is on the disk.

    Raises:
        SnapshotError: it cannot be written.
    """
    content = msgspec.json.encode(_Kept(sorted(set(options))))
    try:
        store.mkdir(parents=True, exist_ok=True)
        replace_file(store / FILE, content)
    except OSError as error:
        raise SnapshotError(f"cannot write {store / FILE} ({error.strerror or error})") from error


def read_withdrawn(store: Path) -> frozenset[str]:
    """The options that are withdrawn in this store; none where there is no file.

    Raises:
        SnapshotError: the file cannot be read. What it held is not known: nothing can be shown with certainty.
    """
    try:
        return frozenset(msgspec.json.decode((store / FILE).read_bytes(), type=_Kept).options)
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors
        problem = " ".join(str(error).split())
        raise SnapshotError(
            f"{store / FILE} cannot be read ({problem}): `artwork review` and `artwork publish` write it anew"
        ) from error


def withdrawn_stamp(store: Path) -> tuple[int, int, int] | None:
    """Changes whenever the set is written; None where there is no file. Costs one look at the folder.

    Raises:
        SnapshotError: the store cannot be looked at.
    """
    try:
        found = (store / FILE).stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SnapshotError(f"cannot look at {store / FILE} ({error.strerror or error})") from error
    return found.st_ino, found.st_mtime_ns, found.st_size
