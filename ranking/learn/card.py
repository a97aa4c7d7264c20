"""The card of a model: what it learned from, how good it is, what it looks at, in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ranking.features import FEATURES
from ranking.learn.metrics import Bin, Measured
from ranking.learn.train import POPULARITY, Origin, Trained

_HEAD = (
    "| | log loss | gain on popularity alone, milli-nats | calibration error | NDCG |",
    "| --- | ---: | ---: | ---: | ---: |",
)


def card(model: Trained, origin: Origin, made_at: datetime) -> str:
    """The card, as Markdown."""
    report, fitted = model.report, model.calibration
    windows = [
        f"| {name} | {one.since:%Y-%m-%d %H:%M} | {one.until:%Y-%m-%d %H:%M} | {one.rows:,} | {one.plays:,} |"
        for name, one in report.windows.items()
    ]
    skipped = ", ".join(f"{count:,} {why}" for why, count in sorted(origin.skipped.items())) or "none"
    return "\n".join(
        [
            "# Which picture is played",
            "",
            (
                f"Predicts a qualifying play ({origin.rule}) of a title from its picture and the member's taste; made "
                f"{made_at:%Y-%m-%d %H:%M} by artwork {origin.code} from {origin.rows:,} impressions with "
                f"{origin.plays:,} plays. Left out: {skipped}."
            ),
            "",
            (
                f"{model.trees} trees of LightGBM on top of the title's popularity with such members. Calibrated "
                f"log-odds: {fitted.intercept:+.3f} {fitted.popularity:+.3f} x title {fitted.picture:+.3f} x picture."
            ),
            "",
            "## Learned from",
            "",
            "| impressions | since | until | how many | plays |",
            "| --- | --- | --- | ---: | ---: |",
            *windows,
            "",
            "## How good it is",
            "",
            (
                "On the impressions held out, the last ones, weighted by inverse propensity; each calibrated on the "
                "validated ones. NDCG: order of a title's "
                "pictures within a segment, 1 is perfect; a gain within two standard errors (+-) is no gain."
            ),
            "",
            _table(report.overall),
            "",
            *_parts("By how well the member is known", report.familiarity),
            *_parts("By segment", report.segments),
            *_calibration(report.bins),
            *_features(report.importance),
            f"Training table: sha256 {origin.table}.",
            "",
        ]
    )


_DIRECTIONS = {1: "never lowers", -1: "never raises", 0: ""}


def _calibration(found: Sequence[Bin]) -> list[str]:
    rows = [f"| {one.predicted:.4f} | {one.played:.4f} | {one.share:.2f} |" for one in found]
    return ["## Calibration", "", "| predicted | played | share of impressions |", "| ---: | ---: | ---: |", *rows, ""]


def _features(importance: Mapping[str, float]) -> list[str]:
    head = ["| feature | unit | direction | share of the gain |", "| --- | --- | --- | ---: |"]
    rows = [
        f"| {one.name} | {one.unit} | {_DIRECTIONS[one.direction]} | {importance[one.name]:.1%} |" for one in FEATURES
    ]
    return ["## What it looks at", "", *head, *rows, ""]


def _table(measured: Mapping[str, Measured]) -> str:
    return "\n".join([*_HEAD, *(_row(name, one) for name, one in measured.items())])


def _row(name: str, one: Measured) -> str:
    gain = "" if name == POPULARITY else f"{one.gain * 1e3:+.2f} +- {2 * one.gain_error * 1e3:.2f}"
    order = "" if one.ndcg is None else f"{one.ndcg:.3f}"
    return f"| {name} | {one.log_loss:.5f} | {gain} | {one.calibration_error:.4f} | {order} |"


def _parts(title: str, parts: Mapping[str, Mapping[str, Measured]]) -> list[str]:
    lines = [f"## {title}", ""]
    for name, measured in parts.items():
        lines += [f"**{name}**", "", _table(measured), ""]
    return lines
