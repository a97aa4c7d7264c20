"""The scripted reviewer keeps to its rules, and to what people decided before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from page_builders import frame, shot

from artwork.domain import AnnotatedFrame, Box, Candidate, Face, ShotScale, content_id
from artwork.select.rules import RuleParams
from artwork.store.entries import Action, Change
from artwork.store.slate import Nominee
from artwork.store.standing import Standing
from pipelines.reviewer import ReviewerParams, verdicts

SHOTS = [shot(0, 0, 100)]
FACE = Face(Box(0.2, 0.1, 0.4, 0.5), 0.9)


def seen(name: str, seconds: float, **changes: object) -> AnnotatedFrame:
    """A frame far from every cut, of a shot of 100 s; `changes` to what is in it."""
    plain = frame(name, seconds)
    context = replace(plain.annotation.contextual, **changes)
    return replace(plain, seconds_to_cut=1.0, annotation=replace(plain.annotation, contextual=context))


def nominees(frames: Sequence[AnnotatedFrame], **said: Standing) -> list[Nominee]:
    return [
        Nominee(Candidate(content_id("candidate", one.id), one.id, rank, 0.5), one, said.get(one.id, Standing()))
        for rank, one in enumerate(frames, 1)
    ]


def decided(slate: Sequence[Nominee], **rules: object) -> dict[str, tuple[str, str]]:
    """Frame to verdict and reason."""
    given = verdicts(slate, [one.frame for one in slate], SHOTS, RuleParams(), ReviewerParams(**rules))
    return {
        change.frame: (change.content["verdict"], change.content["reason"])
        for change in given
        if change.action is Action.VERDICT
    }


def test_of_nothing_nothing_is_decided() -> None:
    assert decided([]) == {}


def test_the_first_of_the_short_list_are_approved_and_the_rest_stay_proposals() -> None:
    said = decided(nominees([seen(f"f{number}", 10 * number) for number in range(1, 8)]), most=3)
    assert said == {"f1": ("approved", ""), "f2": ("approved", ""), "f3": ("approved", "")}


def test_no_more_than_two_show_people_from_one_distance() -> None:
    near = [seen(f"near{number}", 10 * number, shot_scale=ShotScale.CLOSE_UP) for number in (1, 2, 3)]
    said = decided(nominees([*near, seen("wide", 50, shot_scale=ShotScale.WIDE), seen("empty", 60)]))
    assert list(said) == ["near1", "near2", "wide", "empty"]


def test_lettering_is_rejected_with_its_share() -> None:
    said = decided(nominees([seen("lettered", 10, text_share=0.0123), seen("clean", 20, text_share=0.004)]))
    assert said["lettered"] == ("rejected", "lettering on 1.2\N{NO-BREAK SPACE}% of it")
    assert said["clean"] == ("approved", "")


def test_no_title_loses_its_fallback() -> None:
    """With lettering on it the fallback is neither approved nor rejected; without, it is approved as any other."""
    for share, verdict in ((0.0123, {}), (0.0, {"card": ("approved", "")})):
        one = nominees([seen("card", 10, text_share=share)])[0]
        assert decided([replace(one, candidate=replace(one.candidate, fallback=True))]) == verdict


def test_what_is_near_a_limit_is_rejected_with_what_was_measured() -> None:
    """Sharpness 0.9 for all but one: the limit is 0.45, near it is below 0.495."""
    frames = [seen(f"f{number}", 10 * number) for number in range(1, 6)]
    soft = frame("soft", 70, sharpness=0.47)
    slate = nominees([*frames, replace(soft, seconds_to_cut=1.0)])
    assert decided(slate, most=9)["soft"] == ("rejected", "near a limit: sharpness 0.47")
    assert decided(slate, most=9, stricter=0.0)["soft"] == ("approved", "")


def test_what_a_person_has_decided_stands_and_counts() -> None:
    frames = [seen(f"f{number}", 10 * number, shot_scale=ShotScale.FULL) for number in range(1, 5)]
    slate = nominees(
        frames,
        f2=Standing("rejected", "not this one", newest=3),
        f3=Standing("approved", newest=4),
        f4=Standing("proposed", newest=6),
    )
    assert decided(slate) == {"f1": ("approved", "")}


def test_one_focal_point_on_the_largest_face() -> None:
    small = Face(Box(0.7, 0.7, 0.1, 0.1), 0.9)
    frames = [
        seen("nobody", 10),
        seen("two", 20, faces=(small, FACE), shot_scale=ShotScale.MEDIUM),
        seen("one", 30, faces=(FACE,), shot_scale=ShotScale.MEDIUM),
    ]
    given = verdicts(nominees(frames), frames, SHOTS, RuleParams(), ReviewerParams())
    assert [change for change in given if change.action is Action.FOCUS] == [
        Change("two", Action.FOCUS, {"x": 0.4, "y": 0.35})
    ]


def test_a_focal_point_that_a_person_set_is_the_only_one() -> None:
    frames = [seen("face", 10, faces=(FACE,)), seen("other", 20, faces=(FACE,))]
    slate = nominees(frames, other=Standing("approved", focus=(0.5, 0.5), newest=2))
    given = list(verdicts(slate, frames, SHOTS, RuleParams(), ReviewerParams()))
    assert [change.action for change in given] == [Action.VERDICT]


def test_the_rules_are_said_with_their_numbers() -> None:
    said = " ".join(ReviewerParams(most=4, most_of_a_scale=1, most_text=0.02, stricter=0.25).said)
    assert all(word in said for word in ("first 4", "more than 1", "2.0\N{NO-BREAK SPACE}%", "25\N{NO-BREAK SPACE}%"))
