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
    text, and what the text leaves free is flat: mean negative space at least `flat`, and either one colour fills
    `plain` of the picture or at least `many_lines` lines are there (credits run over gradients and textures, with
    small figures beside them). One or two lines near the lower edge (`subtitle_top`) are a subtitle unless the rest
    is `bare`: one colour, nothing else.

    A shot is a card when `majority` of its frames that are not blank are. Credits: a card with `many_lines` lines
    (median over its frames), and any card after such a shot in the last `ending` share of the film. Logo: before any
    content, within the first `opening_seconds`, at most `logo_seconds` long: a drawing in the middle of a `bare`
    picture.

    Measured on Big Buck Bunny and the Sintel trailer, and on rendered cards: see tests/annotate/test_cards.py.
    """

    blank_contrast: float = 0.02
    flat: float = 0.8
    plain: float = 0.7
    bare: float = 0.9
    many_lines: int = 4
    subtitle_top: float = 0.7
    majority: float = 0.6
    ending: float = 0.3
    opening_seconds: float = 120.0
    logo_seconds: float = 20.0


class _Look(Enum):
    """What one frame looks like."""

    BLANK = auto()
    CARD = auto()
    EMBLEM = auto()
    CONTENT = auto()


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
    kinds = _ending(shots, kinds, [not members[shot.number] for shot in shots], duration_seconds, params)
    return tuple(replace(shot, kind=kind) for shot, kind in zip(shots, kinds, strict=True))


def _kind(shot: Shot, frames: Sequence[AnnotatedFrame], params: CardParams, *, opening: bool) -> ShotKind:
    """The kind of a shot by its own frames."""
    looks = [_look(frame, params) for frame in frames]
    drawn = [look for look in looks if look is not _Look.BLANK]
    if not looks:
        return ShotKind.CONTENT
    if not drawn:
        return ShotKind.BLANK
    cards = drawn.count(_Look.CARD)
    emblems = drawn.count(_Look.EMBLEM)
    early = opening and shot.start.seconds < params.opening_seconds and shot.duration_seconds <= params.logo_seconds
    if early and emblems > 0 and cards + emblems >= params.majority * len(drawn):
        return ShotKind.LOGO
    if cards < params.majority * len(drawn):
        return ShotKind.CONTENT
    lines = median(
        len(frame.annotation.contextual.text) for frame, look in zip(frames, looks, strict=True) if look is _Look.CARD
    )
    return ShotKind.CREDITS if lines >= params.many_lines else ShotKind.TITLE_CARD


def _look(frame: AnnotatedFrame, params: CardParams) -> _Look:
    """What one frame looks like by itself."""
    visual, text = frame.annotation.visual, frame.annotation.contextual.text
    free, space = _free_cells(frame)
    dominant = visual.palette[0].share if visual.palette else 0.0
    if not text:
        if visual.contrast < params.blank_contrast:
            return _Look.BLANK
        return _Look.EMBLEM if dominant >= params.bare and _in_the_middle(space) else _Look.CONTENT
    rest = float(space[free].mean()) if free.any() else 1.0
    bare = dominant >= params.bare
    if all(box.top >= params.subtitle_top for box in text) and len(text) < params.many_lines and not bare:
        return _Look.CONTENT
    if rest < params.flat or not (dominant >= params.plain or len(text) >= params.many_lines):
        return _Look.CONTENT
    drawing = bare and free.any() and float(space[free].min()) < 0.5
    return _Look.EMBLEM if drawing and _in_the_middle(space) else _Look.CARD


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


def _in_the_middle(space: NDArray[np.float64]) -> bool:
    """Whether something is drawn, and nothing of it reaches the rim of the picture."""
    rim = np.ones(space.shape, bool)
    rim[1:-1, 1:-1] = False
    return bool(space[rim].min() > 0.9 and space.min() < 0.9)


def _ending(
    shots: Sequence[Shot],
    kinds: Sequence[ShotKind],
    unseen: Sequence[bool],
    duration_seconds: float,
    params: CardParams,
) -> list[ShotKind]:
    """The kinds, with the cards and unseen shots among the end credits counted to them."""
    kinds = list(kinds)
    for place in range(1, len(shots)):
        late = shots[place].start.seconds >= (1 - params.ending) * duration_seconds
        before = next((kind for kind in reversed(kinds[:place]) if kind is not ShotKind.BLANK), ShotKind.CONTENT)
        after = kinds[place + 1] if place + 1 < len(kinds) else before
        if before is not ShotKind.CREDITS:
            continue
        if late and kinds[place] in {ShotKind.TITLE_CARD, ShotKind.LOGO}:
            kinds[place] = ShotKind.CREDITS
        if unseen[place] and after is ShotKind.CREDITS:
            kinds[place] = ShotKind.CREDITS
    return kinds
