"""What a batch says while it works, on a terminal and off it."""

from __future__ import annotations

import io
import os
import pty
import subprocess
from pathlib import Path

from batches import ARTWORK, make_batch

from artwork.domain import TitleStatus
from artwork.ingest import TitleReport
from pipelines.ingest import sentence
from pipelines.progress import BatchProgress


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_reports_go_to_stdout_while_the_bars_are_on_a_terminal(tmp_path: Path) -> None:
    """`artwork ingest films > reports.txt` typed at a terminal: the reports are in the file, not among the bars."""
    films = make_batch(tmp_path / "films", films=1, shots=2)
    reports = tmp_path / "reports.txt"
    ours, theirs = pty.openpty()
    with reports.open("w") as file:
        run = subprocess.Popen([ARTWORK, "ingest", films, "--store", tmp_path / "store"], stdout=file, stderr=theirs)
    os.close(theirs)
    shown = b""
    while part := _heard(ours):
        shown += part
    assert run.wait(60) == 0
    assert reports.read_text().startswith("film-0: ok: ")
    assert b"film-0: ok" not in shown
    assert b"film-0" in shown


def test_a_title_that_is_done_takes_its_bar_away() -> None:
    """A batch of thousands shows those that are being worked on."""
    progress = BatchProgress(stream=_Terminal())
    with progress:
        for number in range(50):
            progress.tell(f"film-{number}", "scan", 0.5)
            progress.end(f"film-{number}")
        progress.tell("last", "scan", 0.5)
        assert progress._bars is not None
        assert [task.fields["title"] for task in progress._bars.tasks] == ["last"]


def test_without_a_terminal_a_short_title_says_nothing_on_the_way() -> None:
    """Plain lines come every few seconds, not for every step."""
    stream = io.StringIO()
    with BatchProgress(stream=stream) as progress:
        progress.tell("film", "scan", 0.1)
        progress.tell("film", "scan", 0.9)
        progress.line("a sentence")
    assert stream.getvalue() == "a sentence\n"


def test_a_report_is_one_line_whatever_the_film_is_called() -> None:
    """A line break in a file name does not break the line."""
    report = TitleReport("new-line", TitleStatus.REFUSED, "/films/new\nline.mp4: no_video: give a film")
    assert sentence(report) == "new-line: refused: /films/new\\nline.mp4: no_video: give a film"


def _heard(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that nobody holds the other end
        return b""
