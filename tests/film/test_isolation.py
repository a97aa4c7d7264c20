"""Whatever the work on a film does to its process, it costs one title."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import isolated_work as work
import pytest

from artwork.errors import FilmError, FilmReason, StoreError
from artwork.film.isolation import Limits, run_isolated

SHORT = Limits(memory_mb=1024, seconds=60, stall_seconds=30)


def reason_of(function: Callable[[Any, Any], None], job: object, limits: Limits = SHORT) -> tuple[FilmReason, str]:
    with pytest.raises(FilmError) as caught:
        run_isolated(function, job, limits, location="a.mp4")
    assert caught.value.location == "a.mp4"
    return caught.value.reason, caught.value.detail


def alive(pid: int) -> bool:
    """Not gone, and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def gone_soon(pid: int) -> bool:
    deadline = time.monotonic() + 20
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


def test_work_leaves_its_results_in_files_and_its_child_has_limits(tmp_path: Path) -> None:
    """No core dumps, one OpenCV thread, no torch, another process."""
    run_isolated(work.write_limits, str(tmp_path / "limits.json"), SHORT)
    facts = json.loads((tmp_path / "limits.json").read_text(encoding="utf-8"))
    assert facts["core"] == 0
    assert facts["threads"] == 1
    assert facts["torch"] is False
    assert facts["pid"] != os.getpid()
    assert gone_soon(facts["pid"])


def test_progress_arrives_in_order_while_the_child_runs() -> None:
    heard: list[float] = []
    run_isolated(work.tell, [0.25, 0.5, 7.0], SHORT, heard.append)
    assert heard == [0.25, 0.5, 1.0]


def test_what_the_work_says_of_a_film_is_raised_here() -> None:
    with pytest.raises(FilmError) as caught:
        run_isolated(work.refuse, "b.mp4", SHORT)
    assert (caught.value.location, caught.value.reason, caught.value.detail) == (
        "b.mp4",
        FilmReason.NO_FRAMES,
        "two lines",
    )


def test_a_store_that_fails_is_not_blamed_on_the_film() -> None:
    """A full disk stops the batch; it does not refuse one film after another."""
    with pytest.raises(StoreError, match="No space left on device"):
        run_isolated(work.fill_the_disk, "cannot write to /store: No space left on device", Limits())


def test_a_bug_is_reported_with_its_place() -> None:
    reason, detail = reason_of(work.stumble, None)
    assert reason is FilmReason.DEFECT
    assert detail.startswith("ZeroDivisionError: a bug (isolated_work.py:")


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE])
def test_a_child_that_dies_of_a_signal_crashed(number: signal.Signals) -> None:
    assert reason_of(work.kill_itself, int(number)) == (FilmReason.CRASHED, f"signal {number.name}")


def test_a_read_of_address_zero_is_survived() -> None:
    assert reason_of(work.read_nowhere, None) == (FilmReason.CRASHED, "signal SIGSEGV")


@pytest.mark.parametrize("status", [0, 3])
def test_a_child_that_leaves_without_a_word_crashed(status: int) -> None:
    assert reason_of(work.leave, status) == (FilmReason.CRASHED, f"exit status {status}")


@pytest.mark.parametrize("limits", [Limits(seconds=0.3), Limits(stall_seconds=0.3)])
def test_a_child_that_hangs_is_ended_although_it_is_deaf(tmp_path: Path, limits: Limits) -> None:
    report = tmp_path / "pid"
    assert reason_of(work.hang, str(report), limits)[0] is FilmReason.TOO_SLOW
    assert not alive(int(report.read_text(encoding="utf-8")))


@pytest.mark.parametrize("step_mb", [16, 4000])
def test_a_child_that_takes_too_much_memory_is_told_no(step_mb: int) -> None:
    assert reason_of(work.hoard, step_mb, Limits(memory_mb=400))[0] is FilmReason.OUT_OF_MEMORY


def test_memory_that_no_kernel_limit_counts_is_watched() -> None:
    """Shared mappings."""
    assert reason_of(work.map_hoard, None, Limits(memory_mb=300)) == (
        FilmReason.OUT_OF_MEMORY,
        "300 MB were not enough",
    )


def test_a_child_killed_from_outside_is_blamed_on_memory() -> None:
    """The system's out-of-memory killer sends SIGKILL."""
    assert reason_of(work.kill_itself, int(signal.SIGKILL)) == (FilmReason.OUT_OF_MEMORY, "killed by the system")


def test_nothing_of_a_child_reaches_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    run_isolated(work.chatter, None, SHORT)
    assert capfd.readouterr() == ("", "")


def test_work_that_no_other_process_can_import_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="importable"):
        run_isolated(lambda _, __: None, None, SHORT)


def test_a_module_that_cannot_be_imported_is_an_error_of_this_title() -> None:
    def stranger(_: object, __: object) -> None: ...

    stranger.__qualname__, stranger.__module__ = "stranger", "no.such.module"
    assert reason_of(stranger, None)[0] is FilmReason.DEFECT


@pytest.mark.parametrize("limit", ["memory_mb", "seconds", "stall_seconds"])
def test_limits_are_positive(limit: str) -> None:
    with pytest.raises(ValueError, match="positive"):
        Limits(**{limit: 0})


def test_many_threads_each_have_their_own_child(tmp_path: Path) -> None:
    """Good ones and bad ones side by side; every outcome belongs to its own call."""

    def one(number: int) -> str:
        try:
            if number % 3 == 0:
                run_isolated(work.kill_itself, int(signal.SIGSEGV), SHORT)
            elif number % 3 == 1:
                run_isolated(work.refuse, str(number), SHORT)
            else:
                run_isolated(work.write_limits, str(tmp_path / str(number)), SHORT)
        except FilmError as error:
            return f"{error.reason} {error.location}"
        return "done" if (tmp_path / str(number)).exists() else "lost"

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(one, range(60)))
    expected = ["crashed the film", "no_frames {}", "done"]
    assert outcomes == [expected[number % 3].format(number) for number in range(60)]


def test_an_interrupted_caller_leaves_no_child(tmp_path: Path) -> None:
    """The progress callback raises in the middle of the work, as Ctrl-C would."""

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_isolated(work.tell_and_hang, str(tmp_path / "pid"), SHORT, interrupt)
    assert not alive(int((tmp_path / "pid").read_text(encoding="utf-8")))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_children_do_not_outlive_their_parent(tmp_path: Path, number: signal.Signals) -> None:
    report = tmp_path / "pid"
    script = "import sys; sys.path[:] = sys.argv[2:]; import isolated_work as w; w.run_hanging_parent(sys.argv[1])"
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(report), *sys.path], stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while not (report.exists() and report.read_text(encoding="utf-8")) and time.monotonic() < deadline:
        time.sleep(0.02)
    child = int(report.read_text(encoding="utf-8"))
    nursery = int(Path(f"/proc/{child}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[1])
    assert alive(child)
    parent.send_signal(number)
    parent.wait(30)
    assert gone_soon(child)
    assert gone_soon(nursery)


def test_the_nursery_starts_again_when_it_died(tmp_path: Path) -> None:
    run_isolated(work.write_limits, str(tmp_path / "a"), SHORT)
    run_isolated(work.write_parent, str(tmp_path / "nursery"), SHORT)
    os.kill(int((tmp_path / "nursery").read_text(encoding="utf-8")), signal.SIGKILL)
    with suppress(FilmError):  # the one call that may be under way when it dies
        run_isolated(work.write_limits, str(tmp_path / "b"), SHORT)
    run_isolated(work.write_limits, str(tmp_path / "c"), SHORT)
    assert (tmp_path / "c").exists()
