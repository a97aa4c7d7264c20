"""The demo's scripted reviewer: it decides by stated rules, in the journal of people, under a name of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from artwork import wording
from artwork.domain import AnnotatedFrame, Refusal, Shot, ShotScale
from artwork.select.rules import Bounds, RuleParams, refusals
from artwork.store.catalog import Catalog
from artwork.store.entries import APPROVED, REJECTED, Action, Change
from artwork.store.journal import Journal
from artwork.store.slate import Nominee, slate

NAME = "scripted reviewer"


@dataclass(frozen=True, slots=True)
class ReviewerParams:
    """What the scripted reviewer goes by.

    Attributes:
        most: pictures that it approves of a title.
        most_of_a_scale: of them, with people at one shot scale; pictures without a face have no such limit.
        most_text: share of the frame that lettering may cover: a third of what refuses a frame.
        stricter: how far from the limits of refusal a picture must stay, as a share of each limit.
    """

    most: int = 5
    most_of_a_scale: int = 2
    most_text: float = 0.005
    stricter: float = 0.1

    @property
    def said(self) -> tuple[str, ...]:
        """The rules, each a sentence."""
        chosen = (
            f"Of the others the first {self.most} of the short list are approved, but no more than "
            f"{self.most_of_a_scale} that show people from one distance; the rest stay proposals."
        )
        return (
            f"A picture with lettering on more than {wording.percent(self.most_text)} of it is rejected.",
            f"A picture that comes within {wording.percent(self.stricter)} of a limit that refuses frames is rejected.",
            "But no title loses its fallback: that picture stays a proposal.",
            chosen,
            "On the first approved picture with a face, the focal point is put on the largest face.",
            "What a person has decided stands.",
        )

    def near(self, limits: RuleParams) -> RuleParams:
        """The limits of refusal, drawn tighter."""
        up, down = 1 + self.stricter, 1 - self.stricter
        return replace(
            limits,
            black=_scaled(limits.black, up),
            white=limits.white * down,
            flat=_scaled(limits.flat, up),
            blurred=_scaled(limits.blurred, up),
            motion_blurred=limits.motion_blurred * down,
            clipped_highlights=limits.clipped_highlights * down,
            clipped_shadows=_scaled(limits.clipped_shadows, down),
            letterbox=limits.letterbox * up,
        )


@dataclass(frozen=True, slots=True)
class ReviewCount:
    """What became of a title's proposals."""

    title: str
    approved: int
    rejected: int
    proposed: int

    def __str__(self) -> str:
        return f"{self.title}: {self.approved} approved, {self.rejected} rejected, {self.proposed} left as proposals"


def review_title(
    catalog: Catalog, journal: Journal, title: str, limits: RuleParams, params: ReviewerParams | None = None
) -> ReviewCount:
    """The reviewer's verdicts on a title stand in the journal; once given, they are not given again.

    Raises:
        UnknownTitle: there is no such title.
        StoreError: the journal cannot be written.
    """
    params = params or ReviewerParams()
    nominees = slate(catalog, journal, title)
    frames = list(catalog.frames(title))
    changes = list(verdicts(nominees, frames, list(catalog.shots(title)), limits, params))
    if changes:
        journal.append(title, changes, NAME)
    counted = Counter(one.standing.verdict for one in slate(catalog, journal, title))
    return ReviewCount(
        title, counted[APPROVED], counted[REJECTED], counted.total() - counted[APPROVED] - counted[REJECTED]
    )


def verdicts(
    nominees: Sequence[Nominee],
    frames: Sequence[AnnotatedFrame],
    shots: Sequence[Shot],
    limits: RuleParams,
    params: ReviewerParams,
) -> Iterator[Change]:
    """What the reviewer decides on those that nobody has decided on.

    Args:
        nominees: of a title, in the order of the short list.
        frames: all that were looked at: limits follow the film.
        shots: of the film.
        limits: those of refusal.
        params: the rules.
    """
    near: dict[str, Refusal] = {}
    for refusal in refusals(frames, shots, params.near(limits)):
        near.setdefault(refusal.frame_id, refusal)
    approved = [one for one in nominees if one.standing.verdict == APPROVED]
    scales = Counter(one.frame.annotation.contextual.shot_scale for one in approved)
    pointed = any(one.standing.focus for one in nominees)
    for one in nominees:
        context, seen = one.frame.annotation.contextual, one.standing.newest
        if seen or one.standing.verdict in {APPROVED, REJECTED}:
            continue
        why = _objection(one, near.get(one.frame.id), params)
        if why and one.candidate.fallback:
            continue
        if why:
            yield _verdict(one, REJECTED, why)
        elif scales.total() < params.most and _has_room(context.shot_scale, scales, params):
            scales[context.shot_scale] += 1
            yield _verdict(one, APPROVED)
            if context.faces and not pointed:
                pointed = True
                face = max(context.faces, key=lambda face: (face.box.area, face.box.centre))
                x, y = face.box.centre
                yield Change(one.frame.id, Action.FOCUS, {"x": round(x, 4), "y": round(y, 4)}, seen)


def _objection(one: Nominee, near: Refusal | None, params: ReviewerParams) -> str:
    """What speaks against a picture; nothing where it may be approved."""
    text_share = one.frame.annotation.contextual.text_share
    if text_share > params.most_text:
        return f"lettering on {wording.percent(text_share)} of it"
    return f"near a limit: {wording.measured(near)}" if near else ""


def _has_room(scale: ShotScale, approved: Counter[ShotScale], params: ReviewerParams) -> bool:
    return scale is ShotScale.NO_PEOPLE or approved[scale] < params.most_of_a_scale


def _verdict(one: Nominee, verdict: str, reason: str = "") -> Change:
    return Change(one.frame.id, Action.VERDICT, {"verdict": verdict, "reason": reason}, one.standing.newest)


def _scaled(bounds: Bounds, by: float) -> Bounds:
    return Bounds(bounds.share * by, bounds.lowest * by, bounds.highest * by)
