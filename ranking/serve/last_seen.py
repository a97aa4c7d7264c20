"""What a member saw last, as the tokens tell it that the service gave out for it.

A service keeps nothing of its members, so whoever asks sends back the tokens of what was shown last (`shown` of a
request). They are signed: nobody can make up a history. Each comes to one of these, and is counted as such:

- `stands`: decided in this very epoch. The decision stands as it was: one draw per epoch, whatever was learned,
  promoted or published since. Same picture, same token, same decision. Where it is seen in another language, on another
  device or in another part of the day, the picture is the same, and so is the probability that it was drawn with; a new
  token says what is different.
- `weighed`: decided in another epoch. What it showed is what `CappedChange` holds: the draw's probabilities are those
  given that, and they are what is logged. So it is within an epoch where the picture was published anew, cut otherwise.
- `refused`: its picture may not be shown now (a guardrail, a withdrawal), or an editor fixed another one. Not held.
- `gone`: its title or its picture is not in the snapshot any more. `fallback`: it was a fallback, which nobody chose.
- `other`: of a title that is not asked for. `older`: another token says what was seen of its title after it; of those
  of one epoch the last in the list does.
- `profile`: of somebody else. What was shown by a member's taste is somebody else's once they choose no
  personalisation, and the other way round. `canvas`: seen at another place.
- `uncapped`: of another epoch, but the policy that decides does not look at what was seen.
- `unsigned`: not signed here. `forgotten`: its snapshot is no longer in the store.
- `unread`: reading what was told failed; why is told to operators.

Whatever a token is, the page is answered: what says nothing is left out, and counted. A page that sends no tokens has
its draw of the epoch as before; so a member whose pages send them sometimes may see two pictures in one epoch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.domain import Page, Reason
from ranking.policy.decide import REASONS, Choices
from ranking.serve.passage import Numbers, Passage
from ranking.serve.tokens import Claims, PageFacts

FATES = (
    "stands", "weighed", "refused", "gone", "fallback", "other", "older", "profile", "canvas", "uncapped",
    "unsigned", "forgotten", "unread",
)  # fmt: skip
"""What becomes of a token."""
STANDS, WEIGHED, REFUSED, GONE, FALLBACK, OTHER, OLDER, PROFILE, CANVAS, UNCAPPED, UNSIGNED, FORGOTTEN, UNREAD = range(
    len(FATES)
)
_FALLBACK_CODE = REASONS.index(Reason.FALLBACK)


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose history counts. profile: None where no taste may be used. canvas: its number in the release asked."""

    profile: str | None
    canvas: int


@dataclass(frozen=True, slots=True)
class LastSeen:
    """Those tokens that say what was seen of a title, in the numbers of the release that is asked.

    Attributes:
        fates: (tokens,) uint8, codes of `FATES`; `STANDS` and `WEIGHED` until a page is chosen.
        pages, tokens: as they were given.
        number: (seen,) which of the tokens each is; the earliest epoch first, so that a later one counts.
        page: (seen,) place in `pages`.
        rows, columns, renditions: (seen,) of the picture, as it is numbered now; rendition -1: there is none of its id.
        same: (seen,) whether the token is of the very snapshot that is asked.
        records: (seen,) of `tokens.ROW`, in the numbers of their own snapshots.
    """

    fates: NDArray[np.uint8]
    pages: Sequence[PageFacts]
    tokens: Sequence[str]
    number: Numbers
    page: Numbers
    rows: Numbers
    columns: Numbers
    renditions: Numbers
    same: NDArray[np.bool_]
    records: NDArray[np.void]

    def of_titles(self, rows: Numbers, titles: int) -> Numbers:
        """(rows,): which of them each title has, -1 for none. rows: -1 for an unknown title; titles: how many."""
        latest = np.full(titles + 1, -1, dtype=np.int64)  # the last one is the unknown's
        latest[self.rows] = np.arange(len(self.rows))
        return latest[rows]


@dataclass(frozen=True, slots=True)
class Laid:
    """What was seen last, laid on a page.

    Attributes:
        seen: of which they are.
        fates: (tokens,) uint8, codes of `FATES`: what became of each token in the end.
        at: (titles,) place among these, -1 for a title of which none counts.
        shown: (titles,) column that the policy is told of, -1 for none.
        stands: (titles,) bool, of which titles a decision of this epoch stands.
        renditions: (titles,) what the picture that was seen is now shown as, -1 for nothing.
    """

    seen: LastSeen
    fates: NDArray[np.uint8]
    at: Numbers
    shown: Numbers
    stands: NDArray[np.bool_]
    renditions: Numbers

    def standing(self, choices: Choices) -> Choices:
        """The choices, those that stand as they were."""
        places = np.flatnonzero(self.stands)
        among = self.at[places]
        records = self.seen.records[among]
        columns, propensities = choices.columns.copy(), choices.propensities.copy()
        columns[places], propensities[places] = self.seen.columns[among], records["propensity"]
        reasons = choices.reasons.copy()
        reasons[places] = records["reason"]
        return Choices(columns, propensities, reasons)


def lay(seen: LastSeen, rows: Numbers, page: Page, renditions: NDArray[np.int64], *, capped: bool) -> Laid:
    """What was seen last, on a page.

    Args:
        seen: in the numbers of the release that is asked.
        rows: (titles,) places in its snapshot, -1 for an unknown title.
        page: of these titles, with what is allowed and pinned.
        renditions: (titles in the snapshot, width), what the options are shown as to who asks.
        capped: whether the policy looks at what was shown.
    """
    fates = seen.fates.copy()
    at = seen.of_titles(rows, len(renditions))
    asked = np.flatnonzero(at >= 0)
    among = at[asked]
    column, pinned = seen.columns[among], page.pinned[asked]
    overruled = (pinned >= 0) & (pinned != column) & page.allowed[asked, pinned]
    may = page.allowed[asked, column] & ~overruled
    now = renditions[rows[asked], column]
    stands = (fates[seen.number[among]] == STANDS) & may & (seen.same[among] | (seen.renditions[among] == now))
    fates[seen.number] = np.where(np.isin(seen.rows, rows), OLDER, OTHER)
    weighed = WEIGHED if capped else UNCAPPED
    fates[seen.number[among]] = np.where(stands, STANDS, np.where(may, weighed, REFUSED))
    laid = np.full((3, len(rows)), -1, dtype=np.int64)
    laid[:, asked] = np.where(may, among, -1), np.where(may & capped, column, -1), now
    standing = np.zeros(len(rows), dtype=np.bool_)
    standing[asked] = stands
    return Laid(seen, fates, laid[0], laid[1], standing, laid[2])


def last_seen(
    tokens: Sequence[str],
    claims: Claims,
    passages: Mapping[str, Passage | None],
    asker: Asker,
    epoch: tuple[int, int],
) -> LastSeen:
    """What the tokens say, in the numbers of the release that is asked.

    Args:
        tokens: as they were sent.
        claims: what is true of them.
        passages: from each of their releases to the one that is asked; None for a forgotten one.
        asker: whose history counts.
        epoch: number and seconds of the present one.
    """
    fates = np.full(len(tokens), UNSIGNED, dtype=np.uint8)
    found: list[tuple[Numbers, ...]] = []
    fate_of = np.array([_fate_of(page, passages[page.release], asker, epoch) for page in claims.pages], dtype=np.uint8)
    genuine = claims.page >= 0
    fates[genuine] = fate_of[claims.page[genuine]]
    for passage in {id(one): one for one in passages.values() if one}.values():
        mine = np.array([passages[page.release] is passage for page in claims.pages])
        usable = np.flatnonzero(genuine & (fates <= WEIGHED))
        among = usable[mine[claims.page[usable]]]
        found.append((among, *_translated(passage, claims.rows[among], fates, among)))
    parts = [np.concatenate(column) for column in zip(*found, strict=True)] if found else [_NONE] * 5
    seen = fates[parts[0]] <= WEIGHED
    began = np.array([page.began for page in claims.pages])[claims.page[parts[0][seen]]] if seen.any() else _NONE
    kept = [part[seen][np.lexsort((parts[0][seen], began))] for part in parts]
    number, rows, columns, renditions, same = kept
    return LastSeen(
        fates, claims.pages, tokens, number, claims.page[number], rows, columns, renditions, same.astype(np.bool_),
        claims.rows[number],
    )  # fmt: skip


_NONE = np.empty(0, dtype=np.int64)


def _fate_of(page: PageFacts, passage: Passage | None, asker: Asker, epoch: tuple[int, int]) -> int:
    """What becomes of a page's tokens, as far as that is the page's doing."""
    if page.profile != asker.profile:
        return PROFILE
    if passage is None:
        return FORGOTTEN
    if not 0 <= page.canvas < len(passage.canvases) or passage.canvases[page.canvas] != asker.canvas:
        return CANVAS
    return STANDS if (page.epoch, page.epoch_seconds) == epoch else WEIGHED


def _translated(
    passage: Passage, records: NDArray[np.void], fates: NDArray[np.uint8], among: Numbers
) -> tuple[Numbers, ...]:
    """Rows, columns and renditions as they are now, and whether they are of one snapshot; what is not there is told."""
    title, column, rendition = (records[name].astype(np.int64) for name in ("title", "column", "rendition"))
    there = (column >= 0) & (rendition >= 0) & (title < len(passage.titles))
    there &= (column < passage.columns.shape[1]) & (rendition < len(passage.renditions))
    there &= records["reason"] < len(REASONS)  # a newer version may know more of them
    place = np.full((3, len(records)), -1, dtype=np.int64)
    title, column = title[there], column[there]
    place[:, there] = passage.titles[title], passage.columns[title, column], passage.renditions[rendition[there]]
    fates[among[place[1] < 0]] = GONE
    fates[among[records["reason"] == _FALLBACK_CODE]] = FALLBACK
    return (*place, np.full(len(records), passage.same, dtype=np.int64))
