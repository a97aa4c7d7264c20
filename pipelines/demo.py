"""The process behind `artwork demo`: sample films, or the reader's own, to a report to look at."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from pathlib import Path

from artwork.domain import TitleStatus
from pipelines.ingest import ingest_paths, sentence
from pipelines.pages import title_pages
from pipelines.report import render_report
from pipelines.samples import make_samples
from pipelines.settings import Settings
from pipelines.sheet import contact_sheet
from pipelines.store import open_blobs, open_catalog


def run_demo(out: Path, films: Path | None, settings: Settings) -> bool:
    """A report and contact sheets lie in `out`; true when some titles were refused.

    Raises:
        BadInput: the reader's folder holds no film.
        ExtraMissing: the sample films need the extra [demo].
    """
    out.mkdir(parents=True, exist_ok=True)
    if films is None:
        _say("making the sample films ...")
    manifest = make_samples(out) if films is None else None
    reports = []
    with closing(ingest_paths([] if films is None else [films], manifest, settings)) as ended:
        for report in ended:
            reports.append(report)
            _say(sentence(report))
    _draw(out, sorted(report.title for report in reports), settings)
    return any(report.status in {TitleStatus.REFUSED, TitleStatus.PARTIAL} for report in reports)


def _draw(out: Path, titles: list[str], settings: Settings) -> None:
    """The pages of the titles of this run, whatever else the catalogue holds."""
    with ExitStack() as stack:
        catalog = stack.enter_context(open_catalog(settings))
        pages = title_pages(catalog, open_blobs(settings), titles)
        sheets = out / "sheets"
        sheets.mkdir(exist_ok=True)
        for page in pages:
            if page.frames:
                (sheets / f"{page.title.id}.png").write_bytes(contact_sheet(page))
        render_report(pages, out / "report.html")
    _say(f"look at {out / 'report.html'} in a browser, and at the contact sheets in {sheets}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
