"""A frame's few main colours."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from artwork.domain import PaletteColour, Rgb

from .picture import shrunk

Points = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PaletteParams:
    """Settings of the palette.

    colours: how many at most. side: pixels of the longer side of the thumbnail that is clustered. rounds: Lloyd
    iterations after the median cut: few, for colours to look at. merge: two colours nearer than this Lab distance are
    one: four times the 2.3 that are just noticeable side by side (Mahy et al. 1994).
    """

    colours: int = 5
    side: int = 40
    rounds: int = 4
    merge: float = 10.0


def palette(pixels: Rgb, params: PaletteParams | None = None) -> tuple[PaletteColour, ...]:
    """The main colours, largest share first; the shares add up to 1. A flat picture has one.

    Median cut gives the first centres, k-means in CIE Lab moves them: no random start, so the same picture always
    gives the same colours.

    Source:
        Heckbert, "Color image quantization for frame buffer display", 1982 (median cut); Lloyd 1982.
    """
    params = params or PaletteParams()
    thumbnail = shrunk(pixels, params.side)
    rgb = thumbnail.reshape(-1, 3)
    lab = np.asarray(cv2.cvtColor(thumbnail.astype(np.float32) / 255, cv2.COLOR_RGB2Lab), np.float32).reshape(-1, 3)
    labels = _settled(lab, _median_cut(lab, params.colours), params.rounds)
    labels = _merged(lab, labels, params.merge)
    colours = []
    for label in np.unique(labels):
        member = labels == label
        red, green, blue = (round(float(channel)) for channel in rgb[member].mean(axis=0))
        colours.append(PaletteColour(f"#{red:02x}{green:02x}{blue:02x}", float(member.mean())))
    return tuple(sorted(colours, key=lambda entry: (-entry.share, entry.colour)))


def _median_cut(points: Points, count: int) -> Points:
    """At most `count` centres: the group with the largest spread is cut at its median, again and again."""
    groups = [points]
    while len(groups) < count:
        spreads = [float(np.ptp(group, axis=0).max()) * len(group) ** 0.5 for group in groups]
        widest = int(np.argmax(spreads))
        if spreads[widest] <= 0:
            break
        group = groups.pop(widest)
        axis = int(np.argmax(np.ptp(group, axis=0)))
        middle = np.median(group[:, axis])
        lower = group[:, axis] <= middle
        if lower.all():
            lower = group[:, axis] < middle
        groups[widest:widest] = [group[lower], group[~lower]]
    return np.stack([group.mean(axis=0) for group in groups])


def _settled(points: Points, centres: Points, rounds: int) -> NDArray[np.intp]:
    """The nearest centre of each point after `rounds` of k-means; an emptied centre stays where it was."""
    for _ in range(rounds):
        labels = _nearest(points, centres)
        counts = np.bincount(labels, minlength=len(centres))
        sums = np.stack([np.bincount(labels, points[:, axis], len(centres)) for axis in range(3)], axis=1)
        filled = counts > 0
        centres = centres.copy()
        centres[filled] = sums[filled] / counts[filled, None]
    return _nearest(points, centres)


def _nearest(points: Points, centres: Points) -> NDArray[np.intp]:
    # |p - c|^2 without the |p|^2 that is the same for every centre.
    return np.asarray(np.argmin((centres**2).sum(axis=1) - 2 * points @ centres.T, axis=1), np.intp)


def _merged(points: Points, labels: NDArray[np.intp], distance: float) -> NDArray[np.intp]:
    """Labels in which the nearest two colours have been joined until all lie `distance` apart."""
    labels = labels.copy()
    while True:
        names = np.unique(labels)
        means = np.stack([points[labels == name].mean(axis=0) for name in names])
        gaps = np.linalg.norm(means[:, None] - means[None], axis=2)
        gaps[np.tril_indices(len(names))] = np.inf
        near = np.unravel_index(np.argmin(gaps), gaps.shape)
        if gaps[near] >= distance:
            return labels
        labels[labels == names[near[1]]] = names[near[0]]
