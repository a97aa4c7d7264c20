"""What a shot is for: logos, title cards, credits and blank shots are told from content by what its frames show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from statistics import median

import numpy as np
from numpy.typing import NDArray

from artwork.domain import AnnotatedFrame, Shot, ShotKind

from .picture import to_picture


@dataclass(frozen=True, slots=True)
class CardParams:
    """Settings of the classification of shots.

    A frame is blank when nothing is drawn on it: contrast below `blank_contrast` and no text. It is a card when it has
    text, and what the text leaves free is flat: mean negative space at least `flat`. `flat_credits` is enough beside
    `many_lines` lines, since credits run over textures and with small figures beside them, and beside a title that
    covers `bold` of a bare picture: rain or stars behind it. A picture is bare when one colour fills `bare` of it. An
    emblem is a drawing in the middle of a bare picture. Fewer lines, all below `subtitle_top`, are a subtitle, unless
    the picture is bare and every part of it flat: mist, sky and night are flat nearly everywhere, and still content.

    A shot is a card when `majority` of its frames that are not blank are. Credits: a card with `many_lines` lines
    (median over its frames); in the last `ending` share of the film also any card or emblem after such a shot, and
    up to `bridge_seconds` with text between two of them. Logo: before any content, within the first
    `opening_seconds`, at most `logo_seconds` long: emblems.

    Measured on Big Buck Bunny, the Sintel trailer and rendered cards: tests/annotate/test_cards.py.
    """

    blank_contrast: float = 0.02
    flat: float = 0.95
    flat_credits: float = 0.8
    many_lines: int = 4
    subtitle_top: float = 0.7
    bare: float = 0.85
    bold: float = 0.03
    rim: float = 0.25
    majority: float = 0.6
    ending: float = 0.3
    bridge_seconds: float = 10.0
    opening_seconds: float = 120.0
    logo_seconds: float = 20.0


class _Look(Enum):
    """What one frame looks like."""

    BLANK = auto()
    CARD = auto()
    EMBLEM_WITH_TEXT = auto()
    EMBLEM = auto()
    CONTENT = auto()


_CARDS = {_Look.CARD, _Look.EMBLEM_WITH_TEXT}
_EMBLEMS = {_Look.EMBLEM, _Look.EMBLEM_WITH_TEXT}


def classify_shots(
    shots: Sequence[Shot],
    frames: Sequence[AnnotatedFrame],
    *,
    duration_seconds: float,
    params: CardParams | None = None,
) -> tuple[Shot, ...]:
    """The same shots, each with its kind. A shot without frames is content, or credits where both neighbours are.

    Args:
        shots: in order of presentation.
        frames: the annotated frames of these shots, in any order.
        duration_seconds: length of the film.
        params: `CardParams()` when None.
    """
    params = params or CardParams()
    members: dict[int, list[AnnotatedFrame]] = {shot.number: [] for shot in shots}
    for frame in sorted(frames, key=lambda frame: (frame.at, frame.id)):
        if frame.shot in members:
            members[frame.shot].append(frame)
    kinds: list[ShotKind] = []
    for shot in shots:
        opening = all(kind is not ShotKind.CONTENT for kind in kinds)
        kinds.append(_kind(shot, members[shot.number], params, opening=opening))
    kinds = _ending(shots, kinds, [_texted(members[shot.number]) for shot in shots], duration_seconds, params)
    return tuple(replace(shot, kind=kind) for shot, kind in zip(shots, kinds, strict=True))


def _kind(shot: Shot, frames: Sequence[AnnotatedFrame], params: CardParams, *, opening: bool) -> ShotKind:
    """The kind of a shot by its own frames."""
    looks = [_look(frame, params) for frame in frames]
    drawn = [look for look in looks if look is not _Look.BLANK]
    if not looks:
        return ShotKind.CONTENT
    if not drawn:
        return ShotKind.BLANK
    needed = params.majority * len(drawn)
    early = opening and shot.start.seconds < params.opening_seconds and shot.duration_seconds <= params.logo_seconds
    if early and any(look in _EMBLEMS for look in drawn) and sum(look in _CARDS | _EMBLEMS for look in drawn) >= needed:
        return ShotKind.LOGO
    if sum(look in _CARDS for look in drawn) < needed:
        return ShotKind.CONTENT
    lines = median(
        len(frame.annotation.contextual.text) for frame, look in zip(frames, looks, strict=True) if look in _CARDS
    )
    return ShotKind.CREDITS if lines >= params.many_lines else ShotKind.TITLE_CARD


def _look(frame: AnnotatedFrame, params: CardParams) -> _Look:
    """What one frame looks like by itself."""
    visual, text = frame.annotation.visual, frame.annotation.contextual.text
    free, space = _free_cells(frame)
    bare = bool(visual.palette) and visual.palette[0].share >= params.bare
    if not text:
        if visual.contrast < params.blank_contrast:
            return _Look.BLANK
        return _Look.EMBLEM if bare and _in_the_middle(space, free, params.rim) else _Look.CONTENT
    if bare and _in_the_middle(space, free):
        return _Look.EMBLEM_WITH_TEXT
    many = len(text) >= params.many_lines
    bold = bare and frame.annotation.contextual.text_share >= params.bold
    rest = float(space[free].mean()) if free.any() else 1.0
    if rest < (params.flat_credits if many or bold else params.flat):
        return _Look.CONTENT
    below = not many and all(box.top >= params.subtitle_top for box in text)
    shown = not bare or float(space[free].min(initial=1.0)) < params.flat
    return _Look.CONTENT if below and shown else _Look.CARD


def _free_cells(frame: AnnotatedFrame) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """(rows, columns) of the negative-space grid: which cells no text touches, and how empty each is."""
    composition = frame.annotation.compositional
    space = np.array(composition.negative_space or ((1.0,),))
    rows, columns = space.shape
    free = np.ones(space.shape, bool)
    for box in (to_picture(box, composition.picture) for box in frame.annotation.contextual.text):
        top, bottom = int(box.top * rows), int(np.ceil((box.top + box.height) * rows))
        left, right = int(box.left * columns), int(np.ceil((box.left + box.width) * columns))
        free[top:bottom, left:right] = False
    return free, space


def _in_the_middle(space: NDArray[np.float64], free: NDArray[np.bool_], touched: float = 0.0) -> bool:
    """Whether something is drawn beside the text, and at most that share of the picture's rim is touched by it."""
    rim = np.ones(space.shape, bool)
    rim[1:-1, 1:-1] = False
    drawn = space[rim & free] <= 0.9
    return bool(np.count_nonzero(drawn) <= touched * drawn.size and space[free].min(initial=1.0) < 0.8)


def _texted(frames: Sequence[AnnotatedFrame]) -> bool:
    """Whether most of these frames have text; true of no frames."""
    return 2 * sum(bool(frame.annotation.contextual.text) for frame in frames) >= len(frames)


def _ending(
    shots: Sequence[Shot],
    kinds: Sequence[ShotKind],
    texted: Sequence[bool],
    duration_seconds: float,
    params: CardParams,
) -> list[ShotKind]:
    """The kinds, with the cards that follow end credits, and what runs between two of them, counted to them."""
    kinds = list(kinds)
    before = ShotKind.CONTENT
    for place, shot in enumerate(shots):
        late = shot.start.seconds >= (1 - params.ending) * duration_seconds
        if late and before is ShotKind.CREDITS:
            after = next((kind for kind in kinds[place + 1 :] if kind is not ShotKind.BLANK), ShotKind.CONTENT)
            short = shot.duration_seconds <= params.bridge_seconds
            bridge = kinds[place] is ShotKind.CONTENT and after is ShotKind.CREDITS and short and texted[place]
            if bridge or kinds[place] in {ShotKind.TITLE_CARD, ShotKind.LOGO}:
                kinds[place] = ShotKind.CREDITS
        if kinds[place] is not ShotKind.BLANK:
            before = kinds[place]
    return kinds
