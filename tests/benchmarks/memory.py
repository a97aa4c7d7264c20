"""Peak memory of a whole run over a short and a long film.

    python -m tests.benchmarks.memory

The short film is 10 minutes, the long one 60: the same film over and over, at 640x360, so that the long one is six
times the short one in every respect. Memory is that of the command and all its children together, every page counted
once, five times a second: their own pages, and of each file that they map what is in memory.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import av

from tests.benchmarks.films import PLACE, film_1080p
from tests.benchmarks.processes import ARTWORK, cost_of

SHORT, LONG = 10, 60
GROWTH, MOST_MB = 1.10, 500


def main() -> float:
    """Long over short: printed with both."""
    peaks = [_peak(_film(minutes)) for minutes in (SHORT, LONG)]
    growth = peaks[1] / peaks[0]
    print(f"  {SHORT} minutes {peaks[0]:.0f} MB, {LONG} minutes {peaks[1]:.0f} MB (at most {MOST_MB})")
    print(f"peak memory, {LONG} : {SHORT} minutes   {growth:.2f}  (at most {GROWTH})")
    return growth


def _peak(film: Path) -> float:
    with tempfile.TemporaryDirectory() as store:
        return cost_of([ARTWORK, "ingest", str(film), "--store", store, "--workers", "1"], memory=True).peak_mb


def _film(minutes: int) -> Path:
    """A small film of that length: packets of one minute, copied end to end."""
    target = PLACE / f"loop-{minutes}min.mp4"
    if target.exists():
        return target
    PLACE.mkdir(exist_ok=True)
    minute = _minute()
    part = target.with_suffix(".part")
    with av.open(str(part), "w", format="mp4") as film:
        copy = None
        for lap in range(minutes):
            with av.open(str(minute)) as source:
                stream = source.streams.video[0]
                copy = copy or film.add_stream_from_template(stream)
                length = round(60 / stream.time_base)
                for packet in source.demux(stream):
                    if packet.dts is None:
                        continue
                    packet.pts += lap * length
                    packet.dts += lap * length
                    packet.stream = copy
                    film.mux(packet)
    part.rename(target)
    return target


def _minute() -> Path:
    """One minute at 640x360."""
    target = PLACE / "minute.mp4"
    if not target.exists():
        part = target.with_suffix(".part")
        with av.open(str(film_1080p(60))) as source, av.open(str(part), "w", format="mp4") as film:
            stream = film.add_stream("libx264", rate=24, options={"preset": "veryfast", "crf": "23"})
            stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
            for frame in source.decode(video=0):
                film.mux(stream.encode(frame.reformat(width=640, height=360, format="yuv420p")))
            film.mux(stream.encode(None))
        part.rename(target)
    return target


if __name__ == "__main__":
    main()
