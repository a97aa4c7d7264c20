"""From a request to the bytes of its answer: no file, no lock, no database; a few arrays and a signature a title."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ranking.domain import DayPart, Device, Grid, Reason, TasteMixture
from ranking.features import situation
from ranking.policy.decide import REASONS, Choices, decide
from ranking.policy.eligibility import Asked
from ranking.policy.lots import DrawSeed
from ranking.policy.wrappers import given_shown, holds
from ranking.serve.last_seen import FATES, Laid, LastSeen, lay
from ranking.serve.mixture import asked_and_answered
from ranking.serve.params import ChooserParams
from ranking.serve.release import Release, View
from ranking.serve.tokens import DEVICES, VERSION, PageFacts, Signer, bits_of
from ranking.serve.wire import DecisionRequest

_FALLBACK = REASONS.index(Reason.FALLBACK)
_BEHIND = tuple(f',"reason":"{reason}","token":"'.encode() for reason in REASONS)
_NO_TOKENS = np.zeros(len(FATES), dtype=np.int64)
_SITUATION = {
    (device, hour): situation(device, None if hour is None else DayPart.of_hour(hour))
    for device in Device
    for hour in (None, *range(24))
}
_UNKNOWN, _BARE = b',"problem":"unknown_title"', b',"problem":"no_artwork"'


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was decided for a page, before it is written down.

    Attributes:
        rows: (titles,) places in the snapshot, -1 for an unknown title.
        choices: drawn.
        records: (titles,) of `tokens.ROW`: what is shown, and all that is to be known of the choice later.
        limited: whether any title has other options than it has without limits, or is unknown.
        segment: the member's heaviest, None where only the population was used.
        laid: what the member saw last, None where nothing was told of that.
    """

    view: View
    rows: NDArray[np.int64]
    choices: Choices
    records: NDArray[np.void]
    limited: bool
    segment: int | None
    epoch: int
    laid: Laid | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer's bytes. For the metrics: how many titles have each of `REASONS`, how many tokens each of `FATES`."""

    body: bytes
    reasons: NDArray[np.int64]
    fates: NDArray[np.int64]


def choose(
    release: Release, request: DecisionRequest, now: float, params: ChooserParams, seen: LastSeen | None = None
) -> Chosen:
    """One picture for every title. `seen`: what the member saw last, in the numbers of this release.

    Raises:
        KeyError: the canvas is unknown.
    """
    view = release.view(request.canvas, request.locale, _SITUATION[request.device, request.local_hour])
    rows = _rows(view, request.titles)
    taste = taste_of(release, request.profile if request.personalised else None)
    watched = _watched(request)
    asked = Asked(datetime.fromtimestamp(now, UTC), request.maturity_limit, request.locale, watched)
    page, probabilities, plain = asked_and_answered(release.policy, view.table, view.ready, rows, taste, asked)
    laid = None
    given: Grid = probabilities
    if seen is not None:
        laid = lay(seen, rows, page, view.renditions, capped=holds(release.policy))
        page = replace(page, shown=laid.shown)
        given = given_shown(release.policy, page, probabilities)
        # Where that changes nothing, nothing was held.
        page = replace(page, shown=np.where((given != probabilities).any(axis=1), laid.shown, -1))
    epoch = params.epoch(now)
    seed = DrawSeed(params.salt, release.snapshot.digest, request.profile or "")
    choices = decide(page, given, seed, epoch, known=taste.strongest is not None)
    if laid is not None:
        choices = laid.standing(choices)
    columns = choices.columns
    limited = not plain or int(columns.min(initial=0)) < 0
    if limited:
        columns = _with_fallbacks(view, rows, columns, asked)
    # One index into records that lie side by side: a third of the time of two indices.
    records = view.records.reshape(-1).take(rows * view.records.shape[1] + columns, mode="wrap")
    records["propensity"], records["reason"] = choices.propensities, choices.reasons
    if laid is not None:
        records["shown"] = page.shown + 1
    if limited:
        records["rendition"][(rows < 0) | (columns < 0)] = -1
        records["column"], records["allowed"] = columns, bits_of(page.allowed)
    return Chosen(view, rows, choices, records, limited, taste.strongest, epoch, laid)


def answer(  # noqa: PLR0913, PLR0917  # all that an answer is made of
    release: Release,
    request: DecisionRequest,
    now: float,
    params: ChooserParams,
    signer: Signer,
    seen: LastSeen | None = None,
) -> Answered:
    """The answer to a request, as JSON: what `DecisionAnswer` reads. `seen`: what the member saw last.

    Raises:
        KeyError: the canvas is unknown.
    """
    chosen = choose(release, request, now, params, seen)
    reasons = chosen.choices.reasons
    facts = PageFacts(
        VERSION,
        release.id,
        chosen.epoch,
        chosen.view.number,
        request.profile if request.personalised else None,
        chosen.segment,
        params.epoch_seconds,
        DEVICES.index(request.device),
        request.local_hour,
    )
    head, tails = signer.tokens(facts, chosen.records)
    stood = _stood(chosen.laid, facts, signer) if chosen.laid is not None else {}
    begun = release.facts + b',"epoch":%d,"titles":[' % chosen.epoch
    body = _body(begun, chosen, [one + head for one in _BEHIND], tails, stood, _without(request.titles, chosen))
    counted = reasons[chosen.rows >= 0] if chosen.limited else reasons
    fates = _NO_TOKENS if chosen.laid is None else np.bincount(chosen.laid.fates, minlength=len(FATES))
    return Answered(body, np.bincount(counted, minlength=len(REASONS)), fates)


def _stood(laid: Laid, facts: PageFacts, signer: Signer) -> dict[int, bytes]:
    """The tokens of the decisions that stand, by the places of their titles.

    Each is the one that was sent, but where its picture is seen in another language, on another device or in another
    part of the day: then one that says so, of the same decision otherwise.
    """
    seen, stands = laid.seen, np.flatnonzero(laid.stands)
    at = laid.at[stands]
    alike = np.array([page.circumstances == facts.circumstances for page in seen.pages], dtype=np.bool_)
    as_it_was = alike[seen.page[at]] & (seen.renditions[at] == laid.renditions[stands])
    again = zip(stands[as_it_was].tolist(), seen.number[at[as_it_was]].tolist(), strict=True)
    tokens = {place: seen.tokens[number].encode() for place, number in again}
    others = stands[~as_it_was]
    for number in np.unique(seen.page[laid.at[others]]).tolist():
        places = others[seen.page[laid.at[others]] == number]
        at, now = laid.at[places], laid.renditions[places]
        records = seen.records[at]
        records["rendition"] = np.where(seen.same[at], now, records["rendition"])
        before = seen.pages[number]
        under = None if before.drawn_under == facts.drawn_under else before.drawn_under
        page = msgspec.structs.replace(before, device=facts.device, local_hour=facts.local_hour, under=under)
        head, tails = signer.tokens(page, records)
        tokens |= {place: head + tail for place, tail in zip(places.tolist(), tails, strict=True)}
    return tokens


def _body(  # noqa: PLR0913, PLR0917  # the parts of an answer
    begun: bytes,
    chosen: Chosen,
    behind: list[bytes],
    tails: list[bytes],
    stood: dict[int, bytes],
    without: dict[int, bytes],
) -> bytes:
    """The answer, put together in one go: for every title what is ready, reason and token's head, its tail, an end."""
    if not tails:
        return begun + b"]}"
    pieces = [b'"},'] * (4 * len(tails) + 1)
    pieces[0] = begun
    # In one call: what is not in the processor's cache is fetched while the next is looked for, in half the time.
    pieces[1::4] = _picked(chosen.view.heads, chosen.records["rendition"])
    pieces[2::4] = _picked(behind, chosen.choices.reasons)
    pieces[3::4] = tails
    for place, token in stood.items():
        pieces[4 * place + 2 : 4 * place + 4] = _BEHIND[chosen.choices.reasons[place]], token
    for place, told in without.items():
        pieces[4 * place + 1 : 4 * place + 4] = told, b"", b""
        pieces[4 * place + 4] = b"},"
    pieces[-1] = pieces[-1][:-1] + b"]}"
    return b"".join(pieces)


def _picked(pieces: Sequence[bytes], places: NDArray[Any]) -> Sequence[bytes]:
    numbers = places.tolist()
    return itemgetter(*numbers)(pieces) if len(numbers) > 1 else [pieces[number] for number in numbers]


def _without(titles: list[str], chosen: Chosen) -> dict[int, bytes]:
    """What is said of the titles that no picture is shown for, by their places; open like the others."""
    if not chosen.limited:
        return {}
    return {
        place: b'{"title":' + msgspec.json.encode(titles[place]) + (_UNKNOWN if chosen.rows[place] < 0 else _BARE)
        for place in np.flatnonzero(chosen.records["rendition"] < 0).tolist()
    }


def _rows(view: View, titles: list[str]) -> NDArray[np.int64]:
    """(titles,) places in the table, -1 for an unknown title."""
    if len(titles) > 1:
        with contextlib.suppress(KeyError):  # nearly always all are known, and one call finds them
            return np.fromiter(itemgetter(*titles)(view.table.places), np.int64, len(titles))
    return view.table.rows(titles)


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


def _with_fallbacks(view: View, rows: NDArray[np.int64], columns: NDArray[np.int64], asked: Asked) -> NDArray[np.int64]:
    """The columns; where none was left, that of the title's fallback that may be shown here and now, -1 without one."""
    filled = columns.copy()
    missing = np.flatnonzero((columns < 0) & (rows >= 0)).tolist()
    if not missing:
        return filled
    harmless = view.table.limits.harmless(rows, asked)
    for place in missing:
        fallbacks = view.fallbacks[int(rows[place])]
        filled[place] = next((column for column in fallbacks if harmless[place, column]), -1)
    return filled
