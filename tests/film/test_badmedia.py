"""Broken and odd films of other projects end in their class; mutants of good ones end."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

import isolated_work as work
import pytest

from artwork.errors import FilmError, FilmReason
from artwork.film.isolation import Limits, run_isolated

LIMITS = Limits(memory_mb=1024, seconds=120, stall_seconds=30)
MUTANTS = int(os.environ.get("ARTWORK_MUTANTS", "150"))

CLASSES = {
    "decord_corrupted.mp4": ("partial", 28),
    "decord_unordered.mov": ("ok", 4),
    "katna_codec_error.mp4": ("ok", 300),
    "membrane_midstream_resolution_change.h264": ("ok", 300),
    "moviepy_bbb_1s.webm": ("ok", 24),
    "moviepy_no_duration.webm": ("ok", 74),
    "moviepy_smpte_2997.mp4": ("ok", 251),
    "moviepy_transparent_alpha.webm": ("ok", 150),
    "moviepy_zero_byte.webm": ("reject:unreadable", 0),
    "mp4ff_bbb_10s.mp4": ("ok", 238),
    "mp4ff_fragment_without_init.mp4": ("reject:unreadable", 0),
    "mp4ff_init_truncated.mp4": ("reject:no_video", 0),
    "mp4ff_vvc.mp4": ("ok", 50),
    "mp4parse_anamorphic_sar.mp4": ("ok", 1),
    "mp4parse_audio_init_only.mp4": ("reject:no_video", 0),
    "mp4parse_chunk_out_of_range.mp4": ("reject:unreadable", 0),
    "mp4parse_fuzz_1185230.mp4": ("reject:no_frames", 0),
    "mp4parse_hdr10.mp4": ("ok", 3),
    "mp4parse_hevc_1f.mp4": ("ok", 1),
    "mp4parse_invalid_userdata.mp4": ("reject:no_frames", 0),
    "mp4parse_one_frame_mp4v.mp4": ("ok", 1),
    "mp4parse_rotation90_1f.mp4": ("ok", 1),
    "pyscene_delayed_start.mp4": ("ok", 24),
    "small_minimal.avi": ("reject:no_frames", 0),
    "small_minimal.mp4": ("reject:no_video", 0),
    "small_minimal.webm": ("ok", 1),
    "torchcodec_av1.mkv": ("ok", 125),
    "torchcodec_bt709_full_range.mp4": ("ok", 30),
    "torchcodec_h264_10bit.mp4": ("ok", 30),
    "torchcodec_h265_10bit.mp4": ("ok", 30),
    "torchcodec_nasa_multistream.mp4": ("ok", 390),  # its second stream, the larger one
    "vhs_ts_diff_pts_dts.ts": ("ok", 40),
    "vhs_ts_pts_max_offset.ts": ("ok", 2),
    "vhs_ts_zero_length.ts": ("reject:no_frames", 0),
}
"""(class, frames) of every film of the collection."""


def outcome(film: Path, scratch: Path) -> tuple[str, int]:
    """(class, frames) of a film, decoded whole in a child process."""
    report = scratch / "report.json"
    report.write_text('{"frames": 0}', encoding="utf-8")
    try:
        run_isolated(work.decode_film, (str(film), str(report)), LIMITS, location=str(film))
    except FilmError as error:
        return f"reject:{error.reason}", 0
    seen = json.loads(report.read_text(encoding="utf-8"))
    return "partial" if "problem" in seen else "ok", seen["frames"]


@pytest.mark.material
def test_the_collection_is_the_one_that_is_listed_here(material: Path) -> None:
    manifest = json.loads((material / "badmedia/MANIFEST.json").read_text(encoding="utf-8"))
    films = {each["file"]: each["class"] for each in manifest if each["file"].startswith("video/")}
    assert films == {f"video/{name}": expected for name, (expected, _) in CLASSES.items()}


@pytest.mark.material
@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_broken_and_odd_film_ends_in_its_class(material: Path, tmp_path: Path, name: str) -> None:
    assert outcome(material / "badmedia/video" / name, tmp_path) == CLASSES[name]


@pytest.mark.material
def test_mutants_of_good_films_end_as_films_do(material: Path, tmp_path: Path) -> None:
    """Bits flipped, bytes overwritten, ends cut off: no hang, no dead parent. ARTWORK_MUTANTS says how many."""
    ends: dict[str, int] = {}
    for mutant in mutants(material / "badmedia/video", tmp_path, MUTANTS):
        end, _ = outcome(mutant, tmp_path)
        end = end.removeprefix("reject:")
        ends[end] = ends.get(end, 0) + 1
        mutant.unlink()
    assert sum(ends.values()) == MUTANTS
    assert {"ok", "unreadable"} <= set(ends)
    assert set(ends) <= {"ok", "partial", *FilmReason} - {FilmReason.TOO_SLOW}


def mutants(folder: Path, scratch: Path, count: int) -> Iterator[Path]:
    """Damaged copies of the small good films, the same ones every time."""
    good = [folder / name for name, (expected, frames) in sorted(CLASSES.items()) if expected == "ok" and frames <= 125]
    good = [film for film in good if film.stat().st_size < 100_000 and "vvc" not in film.name]
    generator = random.Random(20)
    for number in range(count):
        film = good[number % len(good)]
        content = bytearray(film.read_bytes())
        for _ in range(generator.choice((1, 4, 16, 64))):
            place = generator.randrange(len(content))
            if generator.random() < 0.5:
                content[place] ^= 1 << generator.randrange(8)
            else:
                content[place : place + 4] = generator.randbytes(min(4, len(content) - place))
        if generator.random() < 0.25:
            content = content[: generator.randrange(len(content))]
        mutant = scratch / f"{number}{film.suffix}"
        mutant.write_bytes(content)
        yield mutant
