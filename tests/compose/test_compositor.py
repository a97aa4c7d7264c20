"""A candidate on every canvas, in every language."""

from __future__ import annotations

from fractions import Fraction

import pytest
from compose_builders import annotation, canvas, noisy, packaged_fonts

from artwork.compose.canvases import read_canvases
from artwork.compose.composition import Approved, Compositor
from artwork.compose.treatment import Billing
from artwork.compose.values import CanvasRefusal, CanvasRule, Rendition
from artwork.domain import Box, Face, FrameAnnotation, Rgb, Timecode

SMALL = (canvas(16, 9, 160, 320, treatment=True), canvas(1, 1, 120))


@pytest.fixture(scope="module")
def compositor() -> Compositor:
    return Compositor(packaged_fonts())


def approved(pixels: Rgb, seen: FrameAnnotation | None = None, point: tuple[float, float] | None = None) -> Approved:
    """A candidate of this frame."""
    return Approved("c1", "f1", Timecode(1, Fraction(1)), pixels, seen or annotation(), point)


def made(found: list[Rendition | CanvasRefusal]) -> list[Rendition]:
    """The renditions among them."""
    return [each for each in found if isinstance(each, Rendition)]


def test_languages_share_a_candidate_and_a_bare_canvas_is_made_once(compositor: Compositor) -> None:
    billings = [Billing("Night"), Billing("Nuit", "fr")]
    found = made(list(compositor.compose(approved(noisy(640, 360)), SMALL, billings)))
    assert [(each.canvas, each.locale) for each in found] == [("test", ""), ("test", "fr"), ("test", "")]
    assert {each.candidate_id for each in found} == {"c1"}
    assert [each.treatment.lines if each.treatment else None for each in found] == [("Night",), ("Nuit",), None]
    assert len({each.id for each in found}) == 3


def test_composing_twice_makes_nothing_new(compositor: Compositor) -> None:
    """Ids are hashes of the contents."""
    one, other = (
        [each.id for each in made(list(compositor.compose(approved(noisy(640, 360)), SMALL, [Billing("Night")])))]
        for _ in range(2)
    )
    assert one == other


def test_every_canvas_of_the_house_is_answered(compositor: Compositor) -> None:
    """A 1080p frame with a face: six canvases, a rendition or a refusal for each, the face whole in all."""
    seen = annotation((Face(Box(0.55, 0.2, 0.1, 0.25), 0.9),))
    canvases = read_canvases()
    focus_of = approved(noisy(1920, 1080), seen)
    focus = compositor.focus(focus_of)
    for each in canvases:
        found = compositor.preview(focus_of, focus, each, Billing("The Last Orbit"))
        assert not isinstance(found, CanvasRefusal), found
        assert found.crop.loss.faces_kept == 1
        assert (found.treatment is not None) == each.treatment
        assert found.pixels.shape == (each.height(found.crop.widths[-1]), found.crop.widths[-1], 3)


def test_a_face_that_no_crop_keeps_is_refused_in_words(compositor: Compositor) -> None:
    seen = annotation((Face(Box(0.1, 0.05, 0.8, 0.9), 0.9),))
    (found,) = compositor.compose(approved(noisy(640, 360), seen), [canvas(2, 3, 160)], [Billing("Night")])
    assert isinstance(found, CanvasRefusal)
    assert found.rule is CanvasRule.HEAD_CUT
    assert str(found) == "test: every crop cuts a head, or leaves out the main one"


def test_bars_never_reach_a_rendition(compositor: Compositor) -> None:
    """Black bars of an eighth: no row of any canvas is black."""
    pixels = noisy(640, 360) // 2 + 100
    pixels[:45] = pixels[315:] = 0
    frame = approved(pixels, annotation(picture=Box(0, 44 / 360, 1, 272 / 360)))
    for each in SMALL:
        found = compositor.preview(frame, compositor.focus(frame), each, Billing("Night"))
        assert not isinstance(found, CanvasRefusal)
        assert found.bare.max(axis=2).min() > 60


def test_a_title_tries_the_next_crop_where_it_finds_no_room(compositor: Compositor) -> None:
    """Text burned over the whole foot and middle: the title still stands where there is none, or it is refused."""
    seen = annotation((Face(Box(0.4, 0.1, 0.2, 0.4), 0.9),), (Box(0.0, 0.6, 1.0, 0.4),))
    frame = approved(noisy(640, 360), seen)
    found = compositor.preview(frame, compositor.focus(frame), SMALL[0], Billing("Night"))
    if not isinstance(found, CanvasRefusal):
        assert found.treatment is not None
        assert found.crop.pixels.top + found.treatment.box.centre[1] * found.crop.pixels.height < 0.6 * 360


def test_without_a_name_nothing_is_composed(compositor: Compositor) -> None:
    with pytest.raises(ValueError, match="at least one billing"):
        list(compositor.compose(approved(noisy(64, 36)), SMALL, []))


def test_a_quick_look_is_the_published_crop_made_smaller(compositor: Compositor) -> None:
    """The crop is the same; the widest of the widths that is not above what is asked for is made."""
    frame = approved(noisy(640, 360))
    focus = compositor.focus(frame)
    whole, quick, least = (
        compositor.preview(frame, focus, SMALL[0], Billing("Night"), widest=widest) for widest in (None, 200, 10)
    )
    assert not isinstance(whole, CanvasRefusal)
    assert not isinstance(quick, CanvasRefusal)
    assert not isinstance(least, CanvasRefusal)
    assert whole.crop == quick.crop == least.crop
    assert [each.pixels.shape[1] for each in (whole, quick, least)] == [320, 160, 160]
