"""From a request to the bytes of its answer: no file, no lock, no database; a few arrays and a signature a title."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
import numpy as np
from numpy.typing import NDArray

from ranking.domain import Reason, TasteMixture
from ranking.policy.decide import REASONS, Choices, decide
from ranking.policy.eligibility import Asked
from ranking.policy.lots import DrawSeed
from ranking.serve.release import Release, View
from ranking.serve.tokens import VERSION, PageFacts, Signer, bits_of, rows_of
from ranking.serve.wire import DecisionRequest

_FALLBACK = REASONS.index(Reason.FALLBACK)
_BEHIND = tuple(f',"reason":"{reason}","token":"'.encode() for reason in REASONS)
_UNKNOWN, _BARE = b',"problem":"unknown_title"}', b',"problem":"no_artwork"}'


@dataclass(frozen=True, slots=True)
class ChooserParams:
    """When pictures may change.

    Attributes:
        epoch_seconds: a member sees the same picture of a title for this long.
        salt: names the draw; a change of it draws everything anew.
    """

    epoch_seconds: int = 86_400
    salt: str = "artwork"

    def __post_init__(self) -> None:
        if self.epoch_seconds < 1:
            raise ValueError(f"an epoch of {self.epoch_seconds} s never ends")

    def epoch(self, now: float) -> int:
        """The number of the epoch at this POSIX instant."""
        return int(now // self.epoch_seconds)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was decided for a page, before it is written down.

    Attributes:
        rows: (titles,) places in the snapshot, -1 for an unknown title.
        choices: drawn. renditions: (titles,) what is shown, -1 for nothing. columns: (titles,) of what is shown.
        allowed: (titles, width) what the policy could have taken.
        segment: the member's heaviest, None where only the population was used.
    """

    view: View
    rows: NDArray[np.int64]
    choices: Choices
    renditions: NDArray[np.int64]
    columns: NDArray[np.int64]
    allowed: NDArray[np.bool_]
    segment: int | None
    epoch: int


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer's bytes, and how many of its titles have each of `REASONS` (for the metrics)."""

    body: bytes
    reasons: NDArray[np.int64]


def choose(release: Release, request: DecisionRequest, now: float, params: ChooserParams) -> Chosen:
    """One picture for every title.

    Raises:
        KeyError: the canvas is unknown.
    """
    view = release.view(request.canvas, request.locale)
    rows = view.table.rows(request.titles)
    taste = taste_of(release, request.profile if request.personalised else None)
    watched = _watched(request)
    asked = Asked(datetime.fromtimestamp(now, UTC), request.maturity_limit, request.locale, watched)
    page = view.table.page(rows, taste, asked)
    epoch = params.epoch(now)
    seed = DrawSeed(params.salt, release.snapshot.digest, request.profile or "")
    choices = decide(page, release.policy.probabilities(page), seed, epoch, known=taste.strongest is not None)
    fallen = np.flatnonzero((choices.columns < 0) & (rows >= 0))
    columns = choices.columns.copy() if len(fallen) else choices.columns
    for place in fallen.tolist():
        columns[place] = _fallback(
            view, int(rows[place]), request.maturity_limit, watched[place] if watched is not None else 0.0
        )
    shown = view.renditions[rows, columns]
    renditions = np.where((rows >= 0) & (columns >= 0), shown, -1)
    return Chosen(view, rows, choices, renditions, columns, page.allowed, taste.strongest, epoch)


def answer(release: Release, request: DecisionRequest, now: float, params: ChooserParams, signer: Signer) -> Answered:
    """The answer to a request, as JSON: what `DecisionAnswer` reads.

    Raises:
        KeyError: the canvas is unknown.
    """
    chosen = choose(release, request, now, params)
    reasons = chosen.choices.reasons
    facts = PageFacts(
        VERSION,
        release.id,
        chosen.epoch,
        chosen.view.number,
        request.profile if request.personalised else None,
        chosen.segment,
    )
    tokens = signer.tokens(
        facts,
        rows_of(
            title=np.maximum(chosen.rows, 0),
            rendition=chosen.renditions,
            allowed=bits_of(chosen.allowed),
            propensity=chosen.choices.propensities,
            column=chosen.columns,
            reason=reasons,
        ),
    )
    parts = _parts(release, request.titles, chosen, tokens)
    body = b"".join((release.facts, b',"epoch":%d,"titles":[' % chosen.epoch, b",".join(parts), b"]}"))
    return Answered(body, np.bincount(reasons[chosen.rows >= 0], minlength=len(REASONS)))


def _parts(release: Release, titles: list[str], chosen: Chosen, tokens: list[bytes]) -> list[bytes]:
    answers, starts = release.snapshot.answers, release.snapshot.answer_starts
    begins, ends = starts[chosen.renditions].tolist(), starts[chosen.renditions + 1].tolist()
    told = zip(begins, ends, chosen.choices.reasons.tolist(), tokens, strict=True)
    parts = [b'%b%b%b"}' % (answers[begin:end], _BEHIND[reason], token) for begin, end, reason, token in told]
    for place in np.flatnonzero(chosen.renditions < 0).tolist():
        problem = _UNKNOWN if chosen.rows[place] < 0 else _BARE
        parts[place] = b'{"title":' + msgspec.json.encode(titles[place]) + problem
    return parts


def taste_of(release: Release, profile: str | None) -> TasteMixture:
    """What is known of a member; of None nothing is."""
    segmentation = release.beliefs.segmentation if release.beliefs else ""
    if profile is None or release.members is None or release.beliefs is None:
        return TasteMixture(segmentation)
    return release.members.of(profile) or TasteMixture(segmentation)


def _watched(request: DecisionRequest) -> NDArray[np.float64] | None:
    if not request.watched:
        return None
    get = request.watched.get
    return np.array([get(title, 0.0) for title in request.titles], dtype=np.float64)


def _fallback(view: View, row: int, maturity_limit: int | None, watched: float) -> int:
    """The column of a title's fallback that this member may see; -1 where there is none."""
    limits = view.table.limits
    for column in view.fallbacks[row]:
        mature = maturity_limit is not None and limits.maturity[row, column] > maturity_limit
        if not mature and limits.spoils_until[row, column] <= watched:
            return column
    return -1
