"""A batch that is stopped, by a person, by a service or by whoever reads it: it ends at once and can go on."""

from __future__ import annotations

import signal
import subprocess
import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from batches import ARTWORK, command, make_batch, painting, rows
from film_maker import Making, write_film
from store_builders import annotated

from artwork.annotate.embed import Appraiser, open_aesthetics, open_embedder
from artwork.desk import AppraisalDesk, DeskClosed
from artwork.domain import Rgb
from pipelines.ingest import ingest_paths
from pipelines.settings import Settings


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two short films, and one that takes minutes."""
    folder = make_batch(tmp_path_factory.mktemp("stopping") / "films", films=2, shots=2)
    picture = painting(7)
    long = [np.ascontiguousarray(picture[20:200, step % 150 : step % 150 + 320]) for step in range(500)] * 40
    write_film(folder / "long.mp4", long, Making(options={"crf": "40", "preset": "ultrafast"}))
    return folder


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_batch_with_one_line(films: Path, tmp_path: Path, by: signal.Signals) -> None:
    """Titles that were reported are whole, the others unfinished and not refused, no lease is left, exit 130."""
    store = tmp_path / "store"
    run = subprocess.Popen(
        [ARTWORK, "ingest", films, "--store", store, "--json", "--workers", "3"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509  # no thread runs
    )
    assert run.stdout is not None
    first = run.stdout.readline()
    run.send_signal(by)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert '"ok"' in first
    assert said == "artwork: stopped; run the same command again to go on\n"
    status = {row["title"]: row["status"] for row in rows(command("titles", "--store", store, "--json"))}
    assert status["long"] == "unfinished"


def test_a_reader_that_goes_away_stops_the_batch(films: Path, tmp_path: Path) -> None:
    """`| head -1` is not followed by minutes of silent work."""
    store = tmp_path / "store"
    run = subprocess.Popen(
        [ARTWORK, "ingest", films, "--store", store, "--json", "--workers", "3"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert run.stdout is not None
    run.stdout.readline()
    run.stdout.close()
    run.wait(timeout=100)
    assert run.returncode == 1
    status = {row["title"]: row["status"] for row in rows(command("titles", "--store", store, "--json"))}
    assert status["long"] == "unfinished"


def test_an_iterator_that_is_closed_leaves_no_thread(films: Path, tmp_path: Path) -> None:
    """From Python: the batch ends with the loop."""
    with closing(ingest_paths([films], None, Settings(store=str(tmp_path / "store"), workers=3))) as reports:
        assert next(reports).status == "ok"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(("title", "appraisal"))]


def test_output_that_cannot_be_written_is_one_line(films: Path, tmp_path: Path) -> None:
    """A full disk behind stdout."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    command("ingest", films / "film 0.mp4", "--store", tmp_path / "store")
    with Path("/dev/full").open("w") as full:
        answer = subprocess.run(
            [ARTWORK, "titles", "--store", tmp_path / "store", "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert (answer.returncode, answer.stderr) == (1, "artwork: cannot write the output: No space left on device\n")


def test_a_desk_that_drops_answers_everybody_with_an_error() -> None:
    """Those who wait, and those who come too late; nobody waits for ever."""
    embedder, frames = open_embedder(), list(annotated(3))
    reached, go_on = threading.Event(), threading.Event()

    def read(_: str) -> Rgb:
        reached.set()
        assert go_on.wait(30)
        return painting(1)[:90, :160]

    desk = AppraisalDesk(Appraiser(embedder, open_aesthetics(embedder)), read, batch=1)
    errors: list[BaseException] = []

    def bring() -> None:
        try:
            desk.appraise(frames)
        except DeskClosed as error:
            errors.append(error)

    waiting = threading.Thread(target=bring)
    waiting.start()
    assert reached.wait(30)
    desk.drop()
    go_on.set()
    waiting.join(30)
    assert len(errors) == 1
    with pytest.raises(DeskClosed):
        desk.appraise(frames)
    desk.close()
