"""What a rendition shows, in words, for those who do not see it."""

from __future__ import annotations

from collections.abc import Sequence

from artwork.compose.names import UnfitName, clean_name
from artwork.domain import FrameAnnotation, ShotScale

SCALES = {
    ShotScale.CLOSE_UP: "in close-up",
    ShotScale.MEDIUM_CLOSE_UP: "from the shoulders up",
    ShotScale.MEDIUM: "from the waist up",
    ShotScale.FULL: "in full view",
    ShotScale.WIDE: "at a distance",
}
NUMBERS = ("no", "one", "two", "three", "four", "five")


def alt_text(name: str, annotation: FrameAnnotation, faces: int, locale: str = "", people: Sequence[str] = ()) -> str:
    """The title's name, and in English who is seen and how near; plain text, to be escaped where it is written.

    In another language the name stands alone: half a sentence in the wrong language helps nobody who listens to it.
    Nothing of the story is told: people are counted, and named only where all of them are.

    Args:
        name: of the title, in the language of the rendition.
        annotation: of the frame.
        faces: that the crop shows whole.
        locale: language tag; empty or English gives the sentence.
        people: who they are, each once; where not every face has a name, they are counted.
    """
    try:
        called = clean_name(name)
    except UnfitName:
        called = "Untitled"
    if locale and locale.split("-", maxsplit=1)[0].lower() != "en":
        return called
    if faces == 0:
        return f"{called}: a picture from it"
    scale = SCALES.get(annotation.contextual.shot_scale, "")
    if len(people) == faces:
        return f"{called}: {' and '.join(filter(None, (', '.join(people[:-1]), people[-1])))} {scale}".rstrip()
    count = NUMBERS[faces] if faces < len(NUMBERS) else "many"
    return f"{called}: {count} {'person' if faces == 1 else 'people'} {scale}".rstrip()
