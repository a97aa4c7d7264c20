"""Blank shots, logos, title cards and credits are told from content; content is not eaten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from artwork.annotate.cards import classify_shots
from artwork.annotate.frame import annotate_frame
from artwork.domain import AnnotatedFrame, Box, Face, ModelRef, Rgb, Shot, ShotKind, Timecode

Colour = tuple[int, int, int]
WHITE, BLACK, GREY, BLUE = (255, 255, 255), (0, 0, 0), (140, 140, 140), (25, 40, 120)
BLANK, LOGO, CARD, CREDITS, CONTENT = (
    ShotKind.BLANK,
    ShotKind.LOGO,
    ShotKind.TITLE_CARD,
    ShotKind.CREDITS,
    ShotKind.CONTENT,
)


class Nobody:
    """A face detector for pictures without people."""

    model = ModelRef("nobody", "0")

    def detect(self, pixels: Rgb) -> tuple[Face, ...]:
        """No faces."""
        assert pixels.ndim == 3
        return ()


def at(seconds: float) -> Timecode:
    return Timecode(round(seconds * 1000), Fraction(1, 1000))


def plain(colour: Colour) -> Rgb:
    return np.full((360, 640, 3), colour, np.uint8)


def vignette() -> Rgb:
    """A green wall lit in its middle, as behind the credits of an animated film."""
    down, across = np.mgrid[0:360, 0:640]
    light = np.clip(1 - np.hypot(across - 320, down - 180) / 450, 0, 1)[:, :, None]
    return np.asarray(light * (110, 170, 100) + 20, np.uint8)


def place(seed: int = 1) -> Rgb:
    """Something to see: rectangles of all sizes in middle tones."""
    generator = np.random.default_rng(seed)
    picture = plain((90, 100, 120))
    for _ in range(160):
        x, y, width, height = generator.integers((-40, -40, 10, 10), (640, 360, 120, 120)).tolist()
        cv2.rectangle(picture, (x, y), (x + width, y + height), generator.integers(20, 190, 3).tolist(), -1)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.5), np.uint8)


def mist() -> Rgb:
    """Pale ground and sky with a far hill: flat, and yet content."""
    picture = np.repeat(np.linspace(215, 170, 360)[:, None, None], 640, axis=1).repeat(3, axis=2)
    hill = 220 + 25 * np.sin(np.arange(640) / 90)
    picture[np.arange(360)[:, None] > hill] -= 25
    return np.asarray(cv2.GaussianBlur(picture.astype(np.uint8), (0, 0), 4), np.uint8)


def emblem(ground: Rgb, colour: Colour) -> Rgb:
    """A ring with a triangle in the middle of the picture."""
    picture = ground.copy()
    cv2.circle(picture, (320, 150), 60, colour, 8, cv2.LINE_AA)
    cv2.fillPoly(picture, [np.array([[320, 100], [360, 180], [280, 180]])], colour, cv2.LINE_AA)
    return picture


def written(ground: Rgb, lines: Sequence[str], size: int, top: int, colour: Colour = WHITE) -> Rgb:
    """The picture with lines of text in its middle."""
    sheet = Image.fromarray(ground)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size)
    for row, line in enumerate(lines):
        left = (640 - draw.textlength(line, font=font)) / 2
        draw.text((left, top + 1.5 * size * row), line, font=font, fill=colour)
    return np.array(sheet)


def signs(ground: Rgb, size: int, colour: Colour = WHITE) -> Rgb:
    """Twelve square signs of crossing strokes in a row, built like Chinese characters."""
    picture = ground.copy()
    generator = np.random.default_rng(5)
    thick = max(2, size // 12)
    for place_in_row in range(12):
        left, top = 320 - 6 * (size + 4) + place_in_row * (size + 4), 160
        for _ in range(3):
            row, column = generator.integers(0, size - thick, 2).tolist()
            picture[top + row : top + row + thick, left : left + size] = colour
            picture[top : top + size, left + column : left + column + thick] = colour
    return picture


def roll(ground: Rgb, size: int, colour: Colour = WHITE, step: int = 0) -> Rgb:
    """A roll of credits on its way up, cut off by both edges."""
    names = ["Director of Photography", "Anna Kowalska", "Sound Mixer", "John Smith", "Second Unit", "Li Wei"]
    return written(ground, [names[(row + step) % 6] for row in range(30)], size, -5 - step, colour)


def film(*shots: Sequence[Rgb], picture: Box | None = None) -> tuple[tuple[Shot, ...], list[AnnotatedFrame]]:
    """Shots of three seconds with these frames."""
    made, frames = [], []
    for number, stills in enumerate(shots):
        start, end = at(3 * number), at(3 * number + 3)
        made.append(Shot(number, start, end, start, end))
        for place_in_shot, still in enumerate(stills):
            packed = cv2.imencode(".jpg", still, [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
            pixels = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
            annotation = annotate_frame(pixels, motion=0.001, picture=picture or Box(0, 0, 1, 1), faces=Nobody())
            name = f"{number}-{place_in_shot}"
            frames.append(AnnotatedFrame(name, number, at(3 * number + place_in_shot), 1, "", "0" * 16, annotation))
    return tuple(made), frames


def kinds(*shots: Sequence[Rgb], picture: Box | None = None) -> list[ShotKind]:
    made, frames = film(*shots, picture=picture)
    return [shot.kind for shot in classify_shots(made, frames, duration_seconds=3 * len(shots))]


SCENE = [place(1), place(2)]


@pytest.mark.parametrize(
    "card",
    [
        written(plain(BLACK), ["Ten years later"], 20, 170),
        written(plain(BLACK), ["THE HUNTERS"], 70, 140),
        written(plain(BLACK), ["Based on a true story"], 16, 170, GREY),
        written(plain(WHITE), ["Chapter One", "The Arrival"], 36, 120, (15, 15, 15)),
        written(plain(BLUE), ["A film by", "Anna Kowalska"], 28, 130),
        written(vignette(), ["Music and Sound", "John Smith"], 26, 140),
        signs(plain(BLACK), 28),
        signs(plain((235, 230, 215)), 40, (30, 20, 20)),
    ],
)
def test_text_on_a_flat_ground_is_a_title_card(card: Rgb) -> None:
    """Also when it fades in: a dark frame before it changes nothing."""
    faded = (card * 0.1).astype(np.uint8)
    assert kinds(SCENE, [faded, card, card], SCENE) == [CONTENT, CARD, CONTENT]


def test_a_title_with_rain_behind_it_is_a_title_card() -> None:
    """Bright streaks all over a black picture leave it bare enough for large letters, not for a subtitle."""
    rain = plain((8, 8, 12))
    for x, y in np.random.default_rng(3).integers((5, 0), (635, 330), (90, 2)).tolist():
        cv2.line(rain, (x, y), (x - 4, y + 22), (90, 90, 100), 1, cv2.LINE_AA)
    assert kinds(SCENE, [written(rain, ["NINE PAST MIDNIGHT"], 44, 150)], SCENE)[1] is CARD
    assert kinds(SCENE, [written(rain, ["Is somebody there?"], 17, 320)], SCENE)[1] is CONTENT


@pytest.mark.parametrize("ground", [plain(BLACK), plain(BLUE), vignette(), emblem(plain(BLACK), BLACK)])
@pytest.mark.parametrize("size", [12, 16])
def test_a_roll_at_the_end_is_credits(ground: Rgb, size: int) -> None:
    assert kinds(SCENE, SCENE, SCENE, [roll(ground, size, step=step) for step in range(4)]) == [CONTENT] * 3 + [CREDITS]


def test_dark_credits_on_white_are_credits() -> None:
    assert kinds(SCENE, SCENE, [roll(plain(WHITE), 14, (20, 20, 20), step) for step in range(3)])[-1] is CREDITS


def test_figures_beside_the_credits_do_not_make_content_of_them() -> None:
    """A drawn figure in a corner of a roll."""
    pages = [roll(vignette(), 13, step=step) for step in range(3)]
    for page in pages:
        page[250:340, 40:120] = place(7)[250:340, 40:120]
    assert kinds(SCENE, SCENE, pages)[-1] is CREDITS


def test_cards_after_a_roll_belong_to_the_credits() -> None:
    """A copyright line, and a studio's emblem, after the roll; what follows them is content again."""
    rolled = [roll(plain(BLACK), 14, step=step) for step in range(3)]
    notice = [written(plain(BLACK), ["All rights reserved"], 14, 170)]
    studio = [written(emblem(plain(BLACK), (200, 170, 60)), ["STUDIO PICTURES"], 24, 250)]
    shots = [SCENE] * 12 + [rolled, notice, studio, SCENE]
    assert kinds(*shots) == [CONTENT] * 12 + [CREDITS, CREDITS, CREDITS, CONTENT]


def test_a_short_glimpse_between_credits_belongs_to_them() -> None:
    """Text over a picture, between two rolls; without text it is content."""
    rolled = [roll(plain(BLACK), 14, step=step) for step in range(3)]
    glimpse = [written(place(4), ["Special thanks", "to all"], 24, 140)]
    assert kinds(*[SCENE] * 8, rolled, glimpse, rolled)[-3:] == [CREDITS] * 3
    assert kinds(*[SCENE] * 8, rolled, SCENE, rolled)[-3:] == [CREDITS, CONTENT, CREDITS]


@pytest.mark.parametrize("ground", [BLACK, WHITE])
def test_an_emblem_before_any_content_is_a_logo(ground: Colour) -> None:
    """With and without a name below it."""
    drawn = emblem(plain(ground), (190, 40, 40))
    named = written(drawn, ["STUDIO PICTURES"], 24, 250, (190, 40, 40))
    assert kinds([plain(BLACK)], [drawn, drawn], [named, named], SCENE) == [BLANK, LOGO, LOGO, CONTENT]


def test_a_countdown_before_any_content_is_no_content() -> None:
    """Its cross lines reach the rim of the picture; each digit may be a shot of its own."""

    def leader(digit: str) -> Rgb:
        picture = plain(GREY)
        picture[178:182], picture[:, 318:322] = 0, 0
        cv2.circle(picture, (320, 180), 120, (0, 0, 0), 3, cv2.LINE_AA)
        cv2.putText(picture, digit, (275, 225), cv2.FONT_HERSHEY_SIMPLEX, 5, (0, 0, 0), 12, cv2.LINE_AA)
        return picture

    assert kinds([leader("5")], [leader("4"), leader("3")], SCENE) == [ShotKind.LOGO, ShotKind.LOGO, ShotKind.CONTENT]


def test_a_wide_sky_over_land_opens_a_film_as_content() -> None:
    picture = plain((150, 190, 235))
    picture[330:] = place(3)[330:]
    assert kinds([picture, picture], SCENE) == [ShotKind.CONTENT, ShotKind.CONTENT]


def test_an_emblem_after_content_is_no_logo() -> None:
    """A thing in the middle of an empty picture is content, once the film has begun."""
    assert kinds(SCENE, [emblem(plain(WHITE), (190, 40, 40))], SCENE)[1] is CONTENT


@pytest.mark.parametrize("colour", [BLACK, WHITE, BLUE])
def test_nothing_is_blank(colour: Colour) -> None:
    assert kinds(SCENE, [plain(colour)], SCENE) == [CONTENT, BLANK, CONTENT]


@pytest.mark.parametrize("ground", [place(3), mist()])
def test_a_subtitle_leaves_content_alone(ground: Rgb) -> None:
    """Two lines below, throughout the shot."""
    titled = written(ground, ["Where have you been all night?", "We were looking for you."], 17, 295)
    assert kinds(SCENE, [titled, titled], SCENE) == [CONTENT] * 3


def test_a_sign_leaves_content_alone() -> None:
    street = place(5)
    street[60:110, 380:560] = (150, 20, 20)
    street[60:110] = written(street, ["HOTEL PARIS"], 22, 72)[60:110]
    assert kinds(SCENE, [street, street], SCENE) == [CONTENT] * 3


def test_opening_credits_over_pictures_are_content() -> None:
    titled = [written(place(seed), ["starring", "John Smith"], 24, 140) for seed in (1, 2, 3)]
    assert kinds(titled, SCENE) == [CONTENT, CONTENT]


def test_a_shot_that_begins_as_a_card_is_content() -> None:
    """Two frames of a card, four of a scene: the scene is worth keeping."""
    card = written(plain(BLACK), ["Ten years later"], 20, 170)
    assert kinds(SCENE, [card, card, *SCENE, *SCENE], SCENE) == [CONTENT] * 3


def test_bars_do_not_make_a_card() -> None:
    """A scene and a card between wide bars."""
    picture = Box(0, 0.2, 1, 0.6)
    still, card = plain(BLACK), written(plain(BLACK), ["Ten years later"], 20, 170)
    still[72:288] = place(6)[72:288]
    assert kinds([still], [card], [still], picture=picture) == [CONTENT, CARD, CONTENT]


def test_no_shots_and_shots_without_frames() -> None:
    """Nothing gives nothing; a shot of which no frame was kept is content."""
    assert classify_shots([], [], duration_seconds=0.0) == ()
    made, _ = film([], [])
    assert [shot.kind for shot in classify_shots(made, [], duration_seconds=6.0)] == [CONTENT, CONTENT]


def test_the_order_of_the_frames_does_not_matter() -> None:
    made, frames = film(SCENE, [roll(plain(BLACK), 14)], [plain(BLACK)])
    assert classify_shots(made, frames, duration_seconds=9.0) == classify_shots(
        made, frames[::-1], duration_seconds=9.0
    )


def sampled(path: Path, instants: Sequence[float]) -> Iterator[Rgb]:
    """The first frame at or after each instant, in order."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        for seconds in instants:
            container.seek(int(seconds * av.time_base))
            frame = next(frame for frame in container.decode(stream) if frame.time >= seconds)
            yield np.ascontiguousarray(frame.to_ndarray(format="rgb24"))


@pytest.mark.parametrize(
    ("name", "seconds", "expected"),
    [
        (
            "sintel_trailer",
            52.2,
            {(0.0, 0.6): BLANK, (2, 5): CONTENT, (9.5, 12): CARD, (12.5, 15): CONTENT, (37, 40): CONTENT,
             (43, 47): CARD, (47.8, 48.8): CARD, (49, 51): CREDITS},
        ),
        (
            "big_buck_bunny",
            596.5,
            {(3, 11): CONTENT, (21, 23.5): CONTENT, (25, 30): CONTENT, (57, 62): CONTENT, (299.2, 300.3): BLANK,
             (400, 404): CONTENT, (491, 497): CREDITS, (499, 538): CREDITS, (540, 565): CREDITS, (566, 580): CREDITS,
             (582, 596): CONTENT},
        ),
    ],
)  # fmt: skip
def test_real_films(material: Path, name: str, seconds: float, expected: dict[tuple[float, float], ShotKind]) -> None:
    """Spans of two films, named by eye; four frames of each."""
    path = material / "films" / f"{name}.mp4"
    spans = [np.linspace(start, end, 6)[1:5].tolist() for start, end in expected]
    stills = list(sampled(path, [instant for span in spans for instant in span]))
    _, frames = film(*[stills[4 * number : 4 * number + 4] for number in range(len(spans))])
    shots = [Shot(n, at(start), at(end), at(start), at(end)) for n, (start, end) in enumerate(expected)]
    found = [shot.kind for shot in classify_shots(shots, frames, duration_seconds=seconds)]
    assert dict(zip(expected, found, strict=True)) == expected
