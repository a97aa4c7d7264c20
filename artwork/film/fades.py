"""Fades: a shot goes to black, to white or to one even colour, and another comes out of it."""

from __future__ import annotations

from itertools import pairwise

from artwork.film.reel import Moment, Reel, distance, is_back, likeness

_SLOWEST = 0.006
"""Least share of a fade's whole depth that one frame of it changes, over three frames: a fade of five seconds."""
_SHALLOW = 0.17
"""Least that one frame of a fade changes, over three frames, in grey levels: less is noise in a blank picture."""
_ASIDE = (0, 1, 2, 4, 6, 9)
"""How many moments before and behind a short blank spell are compared: a body needs some to come and go."""


def fade_start(reel: Reel, blank: int, reach: int) -> int:
    """The first moment of the fade that ends in the blank moment `blank`; `blank` itself when it was cut off.

    A fade longer than `reach` moments is cut short.
    """
    return blank - _walk(reel, blank, -1, min(reach, blank - reel.oldest))


def fade_end(reel: Reel, clear: int, reach: int) -> int:
    """The first moment after the fade that begins with moment `clear`, the first that is not blank any more."""
    return clear + _walk(reel, clear - 1, 1, min(reach, reel.shown - clear))


def _walk(reel: Reel, blank: int, step: int, most: int) -> int:
    """How many moments beside a blank one belong to its fade: as long as the picture keeps growing stronger."""
    depths = [depth(reel[blank + step * n], reel[blank]) for n in range(most + 1)]
    floor = max(_SLOWEST * max(depths), _SHALLOW)
    reached = 0
    while reached < most and _grows(depths, reached, floor):
        reached += 1
    # The last moment reached shows its picture whole and is outside; so is, after a cut, the only one.
    return max(0, reached - 1)


def _grows(depths: list[float], reached: int, floor: float) -> bool:
    ahead = depths[reached + 1 : reached + 4]
    return ahead[0] > depths[reached] and (ahead[-1] - depths[reached]) / len(ahead) > floor


def depth(moment: Moment, ground: Moment) -> float:
    """How much of a picture stands out of the blank `ground`: mean absolute difference of luma, 0 to 255."""
    return distance(moment.luma, ground.luma)


def goes_back(reel: Reel, blank: int, reach: int) -> int:
    """The first moment after a short blank spell that shows what was there before: a flash, or a body passing by.

    0 when the blank lasts longer than `reach` moments, or something else comes out of it, or the film begins or ends
    with it, or the picture went by degrees and whole: a fade out and in counts, even of one shot.
    """
    behind = next((n for n in range(blank, min(blank + reach + 1, reel.shown)) if not reel[n].blank), 0)
    if not behind or blank <= reel.oldest or (_fades(reel, blank, -1) and _fades(reel, behind - 1, 1)):
        return 0
    ground = reel[blank]
    before, after = (
        [reel[n] for n in side] for side in ([blank - 1 - n for n in _ASIDE], [behind + n for n in _ASIDE])
    )
    deep = min(depth(before[-1], ground), depth(after[-1], ground))
    # A flash has an afterglow, a body comes in from the side: of what is not pale any more the likest pair counts.
    pairs = [
        (one, other) for one in before for other in after if min(depth(one, ground), depth(other, ground)) > 0.6 * deep
    ]
    return behind if any(is_back(one, other, deep) for one, other in pairs) else 0


def _fades(reel: Reel, blank: int, step: int) -> bool:
    """Whether the picture beside a blank moment comes or goes by degrees and whole, over four moments or more."""
    beside = [reel[blank + step * n] for n in (1, 2, 3, 4)]
    depths = [depth(moment, reel[blank]) for moment in beside]
    least = 0.03 * depths[-1]
    grows = all(further - nearer > least for nearer, further in pairwise(depths))
    return grows and depths[0] < 0.5 * depths[-1] and likeness(beside[1], beside[-1]) > 0.8
