"""Measurements as a person reads them: what a frame looks like, why it was left out, how long a film is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from artwork.domain import AnnotatedFrame, FilmFacts, Refusal, ShotKind, ShotScale, Timecode

Said = Callable[[float], str]

SCALES = {
    ShotScale.CLOSE_UP: "Close-up",
    ShotScale.MEDIUM_CLOSE_UP: "Medium close-up",
    ShotScale.MEDIUM: "Medium shot",
    ShotScale.FULL: "Full shot",
    ShotScale.WIDE: "Wide shot",
    ShotScale.NO_PEOPLE: "No face seen",
}

KINDS = {
    ShotKind.CONTENT: "Content",
    ShotKind.BLANK: "Blank",
    ShotKind.LOGO: "Logo",
    ShotKind.TITLE_CARD: "Title card",
    ShotKind.CREDITS: "Credits",
}

_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

# Where one word gives way to the next: about the quartiles over the frames of Big Buck Bunny and the Sintel trailer.
# What is neither one nor the other needs no word.
_LIGHT = ((0.15, "dark"), (0.35, "low-key"), (0.65, ""), (2.0, "bright"))
_COLOUR = ((0.04, "nearly grey"), (0.12, "muted"), (0.25, ""), (9.0, "vivid"))
_SHARPNESS = ((0.45, "blurred"), (0.65, "soft"), (0.8, "sharp"), (2.0, "crisp"))
_MOTION = ((0.004, "still"), (0.02, "hardly moving"), (2.0, "moving"))

_ROOM = 0.7
"""Mean emptiness of a side of the frame from which on a title fits there."""


def percent(value: float) -> str:
    """A share in per cent, one decimal below ten: 0.034 is "3.4 %"."""
    share = 100 * value
    digits = 0 if share >= 10 or share == 0 else 1
    return f"{share:.{digits}f}\N{NO-BREAK SPACE}%"


def seconds(value: float) -> str:
    """Seconds to the hundredth."""
    return f"{value:.2f}\N{NO-BREAK SPACE}s"


def number(value: float) -> str:
    """Two decimals."""
    return f"{value:.2f}"


@dataclass(frozen=True, slots=True)
class RuleWords:
    """What a rule is called, what it measures, in which unit, and whether its limit is the least or the most."""

    heading: str
    measure: str = ""
    said: Said = number
    bound: str = ""


RULES = {
    "blank": RuleWords("Blank"),
    "black": RuleWords("Black", "brightness", percent, "at least"),
    "white": RuleWords("White", "brightness", percent, "at most"),
    "credits": RuleWords("End credits"),
    "logo": RuleWords("Logo"),
    "title_card": RuleWords("Title card"),
    "test_pattern": RuleWords("Test pattern", "drawn with a ruler", percent, "at most"),
    "letterbox": RuleWords("Mostly bars", "picture inside the bars", percent, "at least"),
    "flat": RuleWords("Flat", "contrast", percent, "at least"),
    "dissolve": RuleWords("Inside a dissolve or fade", "inside by", seconds),
    "blurred": RuleWords("Blurred", "sharpness", number, "at least"),
    "motion_blurred": RuleWords("Smeared by motion", "smear", number, "at most"),
    "clipped_highlights": RuleWords("Burnt-out highlights", "burnt out", percent, "at most"),
    "clipped_shadows": RuleWords("Drowned shadows", "without drawing", percent, "at most"),
    "text_heavy": RuleWords("Too much lettering", "under text", percent, "at most"),
    "eyes_shut": RuleWords("Eyes shut", "face with shut eyes", percent, "at most"),
    "near_cut": RuleWords("Too near a cut", "from the cut", seconds, "at least"),
}


def rule_words(rule: str) -> RuleWords:
    """The words for a rule; its own name, made readable, for one that is not known here."""
    return RULES.get(rule) or RuleWords(rule.replace("_", " ").capitalize(), "measured", number, "limit")


def measured(refusal: Refusal) -> str:
    """What was measured: "brightness 1.0 %"; nothing for a rule that goes by the kind of shot."""
    words = rule_words(refusal.rule)
    return f"{words.measure} {words.said(refusal.value)}" if words.measure else ""


def allowed(refusal: Refusal) -> str:
    """What is allowed: "at least 6.0 %"; nothing for a rule without a limit."""
    words = rule_words(refusal.rule)
    return f"{words.bound} {words.said(refusal.limit)}" if words.bound else ""


def also(refusals: Sequence[Refusal]) -> str:
    """The rules of these refusals, named in one breath."""
    return listed([rule_words(refusal.rule).heading.lower() for refusal in refusals])


def clock(at: Timecode) -> str:
    """An instant as a person says it: 3:11.9, or 1:03:11.9."""
    tenths = int(at.exact * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest / 10:04.1f}" if hours else f"{minutes}:{rest / 10:04.1f}"


def duration(length_seconds: float) -> str:
    """A length as a person says it: 9.6 s, 52 s, 9 min 56 s, 1 h 33 min."""
    if length_seconds < 10:
        return f"{length_seconds:.1f} s"
    whole = round(length_seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def counted(count: int, noun: str, plural: str = "") -> str:
    """Three shots, "1 shot"."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def listed(words: Sequence[str]) -> str:
    """Words joined by commas and a last "and"."""
    return ", ".join(words[:-1]) + f" and {words[-1]}" if len(words) > 1 else "".join(words)


def described(frame: AnnotatedFrame) -> str:
    """Two or three short sentences: who is seen, how it looks, where a title fits."""
    visual = frame.annotation.visual
    looks = [
        _word(_SHARPNESS, visual.sharpness),
        _word(_MOTION, visual.motion),
        _word(_LIGHT, visual.brightness),
        _word(_COLOUR, visual.colourfulness),
    ]
    room = title_room(frame)
    sentences = [
        _seen(frame),
        listed([look for look in looks if look]).capitalize(),
        f"Room for a title {room}" if room else "",
    ]
    return " ".join(f"{sentence}." for sentence in sentences if sentence)


def title_room(frame: AnnotatedFrame) -> str:
    """Where a title fits: "on the left", "at the top" ...; empty when nowhere. The emptiest side; ties in order."""
    grid = frame.annotation.compositional.negative_space
    if not grid or not grid[0]:
        return ""
    rows, columns = max(1, len(grid) // 3), max(1, len(grid[0]) // 3)
    sides = {
        "on the left": [cell for row in grid for cell in row[:columns]],
        "on the right": [cell for row in grid for cell in row[-columns:]],
        "at the top": [cell for row in grid[:rows] for cell in row],
        "at the bottom": [cell for row in grid[-rows:] for cell in row],
    }
    emptiness = {side: sum(cells) / len(cells) for side, cells in sides.items()}
    emptiest = max(emptiness, key=lambda side: emptiness[side])
    return emptiest if emptiness[emptiest] >= _ROOM else ""


def facts_words(facts: FilmFacts) -> list[str]:
    """The facts of a film, each a few words."""
    words = [f"{facts.width} \N{MULTIPLICATION SIGN} {facts.height}", facts.codec]
    if facts.duration_seconds is not None:
        words.insert(0, duration(facts.duration_seconds))
    if facts.frame_rate:
        words.append(f"{float(facts.frame_rate):.3f}".rstrip("0").rstrip(".") + " fps")
    if facts.transfer not in {"", "bt709", "unknown"}:
        words.append(facts.transfer)
    if facts.rotation_degrees:
        words.append(f"turned by {facts.rotation_degrees}\N{DEGREE SIGN}")
    if facts.picture.area < 0.995 and facts.picture.height > 0:
        ratio = facts.width * facts.picture.width / (facts.height * facts.picture.height)
        words.append(f"picture {ratio:.2f} : 1 inside bars")
    return [word for word in words if word]


def _seen(frame: AnnotatedFrame) -> str:
    context = frame.annotation.contextual
    faces = len(context.faces)
    if not faces:
        return SCALES[ShotScale.NO_PEOPLE]
    said = _COUNTS[faces] if faces < len(_COUNTS) else str(faces)
    return f"{SCALES[context.shot_scale]}, {said} {'face' if faces == 1 else 'faces'}"


def _word(steps: Sequence[tuple[float, str]], value: float) -> str:
    return next((word for below, word in steps if value < below), steps[-1][1])
