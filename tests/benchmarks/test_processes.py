"""The memory of a family of processes is counted once, whoever else maps the same libraries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.benchmarks.processes import family_bytes

FORKED = "import os; held = b'x' * (60 << 20); os.fork(); os.write(1, b'there\\n'); os.read(0, 1)"


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is measured on Linux only")
def test_what_a_fork_shares_is_counted_once() -> None:
    """60 MB that two processes hold together, and an interpreter or two around them."""
    with subprocess.Popen(
        [sys.executable, "-c", FORKED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)] == ["there\n"] * 2
        parent = psutil.Process(process.pid)
        both = family_bytes([parent, *parent.children()])
        one = family_bytes([parent])
        process.communicate("..")
    assert 60 << 20 < both < 90 << 20
    assert 25 << 20 < one < both - (20 << 20)
