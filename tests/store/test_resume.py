"""Killed anywhere, a run leaves whole stages only, and the next one ends where a single clean run would have."""

from __future__ import annotations

import random
import time
from contextlib import closing
from pathlib import Path

from store_builders import child

from artwork.store.catalog import Catalog
from artwork.store.records import Stage
from pipelines.dump import dump_lines

WORKER = """
from dataclasses import replace
from artwork.store.catalog import Catalog
from artwork.store.records import Scan, Stage
import store_builders as b

catalog = Catalog.open(sys.argv[1])
shots = tuple(replace(b.SHOTS[0], number=number) for number in range(1000))
print("working", flush=True)
for round_ in range(int(sys.argv[2])):
    for name in ("a", "b", "c"):
        settings = f"settings-{round_}"
        title = replace(b.TITLE, id=name)
        lease = catalog.acquire(name)
        assert lease is not None, "the killed run's lease is in the way"
        with lease:
            def todo(stage):
                return catalog.stage_fingerprint(name, stage) != settings
            if todo(Stage.SCAN):
                catalog.record_scan(lease, title, Scan(b.FILM, b.FACTS, shots), b.sampled(1000), settings)
            if todo(Stage.ANNOTATE):
                catalog.record_annotations(lease, b.FACES, shots, b.annotated(1000), settings)
            if todo(Stage.EMBED):
                appraised = (replace(one, frame_id=f"f{n}") for n in range(1000) for one in b.appraised(1))
                catalog.record_appraisals(lease, b.EMBED_MODEL, b.AESTHETIC_MODEL, appraised, settings)
            if todo(Stage.SELECT):
                catalog.record_selection(lease, b.SELECTION, settings)
"""
KILLS = 6


def test_a_run_killed_at_random_moments_leaves_whole_stages(store: Path) -> None:
    """The worker does three titles over and over; one second of it holds dozens of transactions to be hit in."""
    moments = random.Random(20170101)
    for _ in range(KILLS):
        process = child(WORKER, store, "1000000")
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        time.sleep(moments.random())
        assert process.poll() is None
        process.kill()
        process.communicate()
        with closing(Catalog.open(store)) as catalog:
            for record in catalog.titles():
                _check_whole(catalog, record.title.id)


def test_a_run_that_is_resumed_ends_as_a_clean_one(store: Path, tmp_path: Path) -> None:
    moments = random.Random(20230501)
    for _ in range(3):
        process = child(WORKER, store, "1")
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        time.sleep(moments.random() / 4)
        process.kill()
        process.communicate()
    for folder in (store, tmp_path / "clean"):
        process = child(WORKER, folder, "1")
        process.communicate()
        assert process.returncode == 0
    assert _dump(store) == _dump(tmp_path / "clean")


def _dump(folder: Path) -> list[str]:
    with closing(Catalog.open(folder)) as catalog:
        lines = [line for record in catalog.titles() for line in dump_lines(catalog, record.title.id)]
    assert len(lines) == 3 * (1 + 4 + 1000 + 1000 + 1000 + 1000 + 2 + 2)
    return lines


def _check_whole(catalog: Catalog, title: str) -> None:
    stages = catalog.stages(title)
    order = list(Stage)
    assert list(stages) == order[: len(stages)]
    assert len(set(stages.values())) == 1
    found = (
        len(list(catalog.scanned_frames(title))),
        len(list(catalog.frames(title))),
        len(list(catalog.appraisals(title))),
        len(catalog.candidates(title)),
    )
    whole = (1000, 1000, 1000, 2)
    assert found == whole[: len(stages)] + (0,) * (len(order) - len(stages))
    assert (catalog.title(title).outcome is None) == (Stage.SELECT not in stages)
