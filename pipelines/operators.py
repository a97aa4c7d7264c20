"""`import open_clip` works in this environment, by whoever, also where its torchvision was built for another torch.

    python -m pipelines.operators

Beside a CPU build of torch PyPI's torchvision finds two of its operators missing, and everything that imports it
fails (see `artwork.annotate.openclip`, which cures it for this software). Here it is cured for the environment: a
`.pth` file, which Python reads when it starts, has the two operators declared the moment before torchvision is
imported. A start that does not import torchvision loads nothing for it. Where the two fit, no such file is there.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from enum import StrEnum
from pathlib import Path

from artwork.errors import ArtworkError, StoreError

FILE = "artwork_torchvision_operators.pth"
FINDER = "TorchvisionOperators"

_HOOK = f"""
class {FINDER}:
    def find_spec(self, name, path=None, target=None):
        if name == "torchvision":
            sys.meta_path.remove(self)
            try:
                from artwork.annotate.openclip import declare_missing_operators
            except ImportError:
                return  # artwork is gone, and left this file behind
            declare_missing_operators()

sys.meta_path.insert(0, {FINDER}())
"""
"""It finds nothing: it is asked before those who do, and steps back when it has been needed once."""

_NEITHER = "absent"
_ASK = f"""
import importlib.util, sys
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != {FINDER!r}]
if any(importlib.util.find_spec(name) is None for name in ("torch", "torchvision")):
    print({_NEITHER!r})
else:
    from artwork.annotate.openclip import declare_missing_operators
    print(*declare_missing_operators())
"""


class Pair(StrEnum):
    """How torch and torchvision get on."""

    ABSENT = "one of them is not installed"
    FITTING = "torchvision was built for this torch"
    DECLARED = "torchvision was built for another torch; its operators are declared when it is imported"
    FAILING = "torchvision was built for another torch, and whoever imports it fails"


def pair(folder: Path | None = None) -> Pair:
    """How the two get on here. It takes the seconds that importing torch takes.

    Args:
        folder: where Python looks for `.pth` files; this environment's packages when None.

    Raises:
        ArtworkError: torch itself cannot be imported.
    """
    asked = subprocess.run([sys.executable, "-c", _ASK], capture_output=True, text=True, check=False)  # noqa: S603  # ours
    if asked.returncode:
        said = (asked.stderr.strip().splitlines() or ["nothing"])[-1]
        raise ArtworkError(f"torch cannot be imported ({said}): install it again")
    missing = asked.stdout.split()
    if not missing or missing == [_NEITHER]:
        return Pair.ABSENT if missing else Pair.FITTING
    return Pair.DECLARED if _place(folder).exists() else Pair.FAILING


def settle(folder: Path | None = None) -> Pair:
    """The file is there where it is needed, and only there; says what was found.

    Raises:
        ArtworkError: as `pair`.
        StoreError: the folder cannot be written.
    """
    found, place = pair(folder), _place(folder)
    try:
        if found is Pair.FAILING:
            write_hook(place.parent)
            return Pair.DECLARED
        if found in {Pair.FITTING, Pair.ABSENT}:
            place.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write {place}: {error.strerror}") from error
    return found


def write_hook(folder: Path) -> None:
    """The folder has the file; Python runs those of its lines that begin with `import`."""
    (folder / FILE).write_text(f"import sys; exec({_HOOK!r})\n")


def _place(folder: Path | None) -> Path:
    return (folder or Path(sysconfig.get_path("purelib"))) / FILE


def main() -> None:
    """Say on one line how it stands now."""
    try:
        sys.stdout.write(f"{settle()}\n")
    except ArtworkError as error:
        sys.exit(f"artwork: {error}")


if __name__ == "__main__":
    main()
