"""The nouns of ranking: frozen values, validated when they are made.

Conventions: an instant is an aware `datetime`; a float that is a duration says so (`_seconds`); maturity is a rank,
0 for everybody, higher for older; one picture is one option whatever its crops and languages.
What is asked of a policy is a `Page` of arrays; the members, their decisions and events are single values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from artwork.domain import ShotScale, content_id
from ranking.errors import PageError

POPULATION = "population"
"""The name of the segment that everybody belongs to."""
_MICROSECOND = timedelta(microseconds=1)
TOLERANCE = 1e-6
"""How far from one a sum of probabilities may lie: float32 tables are summed."""


class Device(StrEnum):
    """What the member looks at."""

    TELEVISION = "television"
    DESKTOP = "desktop"
    TABLET = "tablet"
    PHONE = "phone"
    UNKNOWN = "unknown"


class DayPart(StrEnum):
    """The member's own time of day: morning 5 to 11, afternoon 11 to 17, evening 17 to 23, night 23 to 5."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    NIGHT = "night"

    @classmethod
    def of_hour(cls, hour: int) -> DayPart:
        """The part that an hour of 0 to 23 belongs to."""
        if not 0 <= hour <= 23:
            raise ValueError(f"hour {hour} is not one of 0 to 23")
        parts = ((5, cls.NIGHT), (11, cls.MORNING), (17, cls.AFTERNOON), (23, cls.EVENING))
        return next((part for until, part in parts if hour < until), cls.NIGHT)


class Reason(StrEnum):
    """Why a picture was shown.

    personalised: the best believed picture for this member's taste. explore: another one, drawn to learn about it.
    cold_start: nothing is known, or may be used, about the member. pinned: an editor fixed it. fallback: no option
    was left, so the title's own picture is shown. held: another one is believed to be better, but this is what the
    member saw last.
    """

    PERSONALISED = "personalised"
    EXPLORE = "explore"
    COLD_START = "cold_start"
    PINNED = "pinned"
    FALLBACK = "fallback"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Segment:
    """Members of like taste. `number` is its row in every table of its segmentation; `share` of all members."""

    id: str
    number: int
    name: str
    size: int
    share: float

    def __post_init__(self) -> None:
        if not self.id or self.number < 0 or self.size < 0 or not 0 <= self.share <= 1:
            raise ValueError(f"segment {self.id!r}: number {self.number}, size {self.size}, share {self.share}")


@dataclass(frozen=True, slots=True)
class TasteMixture:
    """How much of each segment is in a member: `population` for what is not known yet, `weights` for the rest.

    Attributes:
        segmentation: which fit of the segments the weights belong to.
        population: 0 (all is known) to 1 (nothing is).
        weights: segment number to weight, positive; with `population` they sum to 1.
    """

    segmentation: str
    population: float = 1.0
    weights: Mapping[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parts = (self.population, *self.weights.values())
        sound = all(math.isfinite(part) and part >= 0 for part in parts) and min(self.weights, default=0) >= 0
        if not sound or not math.isclose(math.fsum(parts), 1.0, abs_tol=TOLERANCE):
            raise ValueError(f"a taste mixture has weights of 0 or more that sum to 1, not {parts}")

    @property
    def strongest(self) -> int | None:
        """The number of the heaviest segment (the lowest of equals); None when only the population is known."""
        return min(self.weights, key=lambda number: (-self.weights[number], number), default=None)

    def kept(self, most: int) -> TasteMixture:
        """The mixture of the `most` heaviest segments; what the others weighed goes to the population."""
        if len(self.weights) <= most:
            return self
        order = sorted(self.weights, key=lambda number: (-self.weights[number], number))
        weights = {number: self.weights[number] for number in order[:most]}
        return TasteMixture(self.segmentation, 1.0 - math.fsum(weights.values()), weights)


@dataclass(frozen=True, slots=True)
class Profile:
    """A member as ranking knows one. `plays` is the evidence behind the taste; `personalised` the member's choice."""

    id: str
    taste: TasteMixture
    plays: int = 0
    personalised: bool = True

    @property
    def usable_taste(self) -> TasteMixture:
        """The taste that may be used: the population's when the member chose no personalisation."""
        return self.taste if self.personalised else TasteMixture(self.taste.segmentation)


@dataclass(frozen=True, slots=True)
class Context:
    """Under what circumstances a picture is shown. `position` of the title on the page, 0 first."""

    profile: Profile | None
    canvas: str
    device: Device = Device.UNKNOWN
    day_part: DayPart | None = None
    locale: str = ""
    position: int = 0
    maturity_limit: int | None = None
    watched_share: float = 0.0

    def __post_init__(self) -> None:
        if self.position < 0 or not 0 <= self.watched_share <= 1:
            raise ValueError(f"position {self.position}, watched share {self.watched_share}")


@dataclass(frozen=True, slots=True)
class Option:
    """A picture that may be shown for a title; the literature's arm.

    Attributes:
        id: the candidate; its crops and translations share it.
        title: whose picture it is.
        aesthetic: LAION scale, about 1 to 10. faces: how many. brightness: mean luma, 0 to 1.
        themes: theme to probability. vector: low-rank embedding, any length, compared by cosine; may be empty.
        cast: who is seen in the picture, by the name that a person gave them, with their prominence: their share of
            the screen time in which any face of the title is seen. Empty where nobody was named.
        approved: a person said yes. opens, closes: the window [opens, closes), None for no bound.
        maturity: rank of the picture itself. locales: where it may be shown, empty for everywhere.
        spoils_until: share of the title that must have been watched before it gives nothing away; 0 spoils nothing.
        pinned: an editor fixed it. fallback: shown when nothing else may be.
    """

    id: str
    title: str
    aesthetic: float = 5.0
    faces: int = 0
    shot_scale: ShotScale = ShotScale.NO_PEOPLE
    brightness: float = 0.5
    themes: Mapping[str, float] = field(default_factory=dict)
    vector: tuple[float, ...] = ()
    cast: Mapping[str, float] = field(default_factory=dict)
    approved: bool = True
    opens: datetime | None = None
    closes: datetime | None = None
    maturity: int = 0
    locales: frozenset[str] = frozenset()
    spoils_until: float = 0.0
    pinned: bool = False
    fallback: bool = False

    def __post_init__(self) -> None:
        if not self.id or not self.title:
            raise ValueError("an option needs an id and a title")
        if not 0 <= self.spoils_until <= 1:
            raise ValueError(f"option {self.id}: {self.spoils_until} is not a share of the title")
        for bound in (self.opens, self.closes):
            if bound is not None and bound.tzinfo is None:
                raise ValueError(f"option {self.id}: {bound} has no time zone")


@dataclass(frozen=True, slots=True)
class Propensities:
    """The candidate set and how probable each was. Empty: no option was left, the fallback was shown."""

    options: tuple[str, ...]
    probabilities: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.options) != len(self.probabilities) or len(set(self.options)) != len(self.options):
            raise ValueError(f"{len(self.probabilities)} probabilities for options {self.options}")
        if any(not math.isfinite(part) or part < 0 for part in self.probabilities):
            raise ValueError(f"probabilities {self.probabilities} are not all 0 or more")
        if self.options and not math.isclose(math.fsum(self.probabilities), 1.0, abs_tol=TOLERANCE):
            raise ValueError(f"probabilities {self.probabilities} do not sum to 1")

    def of(self, option: str) -> float:
        """How probable the option was; 0 when it was not in the set."""
        return dict(zip(self.options, self.probabilities, strict=True)).get(option, 0.0)


@dataclass(frozen=True, slots=True)
class Decision:
    """One picture for one title and one member, with all that is needed to judge it later.

    `option` is None when the fallback was shown; `propensity` is the one drawn with. `candidates` are all options
    that the policy could have taken. `model` and `policy` name their versions. `device` and `day_part` are what was
    told of where and when: unknown, and None, where nothing was. `shown` is the option that the member saw last, where
    the propensity is another one for it; the log does not keep it.
    """

    profile: str | None
    title: str
    canvas: str
    option: str | None
    rendition: str
    propensity: float
    reason: Reason
    policy: str
    model: str
    snapshot: str
    epoch: int
    candidates: tuple[str, ...] = ()
    segment: int | None = None
    device: Device = Device.UNKNOWN
    day_part: DayPart | None = None
    shown: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.propensity <= 1 + TOLERANCE:
            raise ValueError(
                f"{self.title}: a picture that was shown has a propensity in (0, 1], not {self.propensity}"
            )
        if (self.option is None) != (self.reason is Reason.FALLBACK):
            raise ValueError(f"{self.title}: option {self.option!r} with reason {self.reason}")
        if self.option is not None and self.candidates and self.option not in self.candidates:
            raise ValueError(f"{self.title}: {self.option!r} is not one of its candidates")

    @property
    def id(self) -> str:
        """Equal requests within an epoch give equal decisions, with one id.

        On another device, in another part of the day, or with something else seen before, it is another decision: it
        may have been drawn with other probabilities. Within one part the hour makes none. Where nothing is known of
        these, the id is that which the decision had before they were told of, so that its later events join its earlier
        ones.
        """
        drawn = (self.profile, self.title, self.canvas, self.option, self.policy, self.model, self.snapshot, self.epoch)
        if self.shown is not None:
            return content_id(*drawn, self.device, self.day_part or "", self.shown)
        if self.device is Device.UNKNOWN and self.day_part is None:
            return content_id(*drawn)
        return content_id(*drawn, self.device, self.day_part or "")


@dataclass(frozen=True, slots=True)
class Impression:
    """The picture of a decision was seen. `event` names the report, once and for ever."""

    event: str
    decision: str
    at: datetime
    position: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the member did with the title after that. `runtime_seconds` is None where it is not known."""

    event: str
    decision: str
    at: datetime
    played_seconds: float
    runtime_seconds: float | None = None
    completed: bool = False

    def __post_init__(self) -> None:
        if not math.isfinite(self.played_seconds) or self.played_seconds < 0:
            raise ValueError(f"outcome {self.event}: played {self.played_seconds} s")


@dataclass(frozen=True, slots=True)
class QualifyingPlay:
    """The reward, and its only definition: 1 for a play that was long enough and soon enough, else 0.

    Long enough is `least_seconds`, or `least_share` of a title shorter than that asks for, or the end of it.
    Soon enough is within `attribution_seconds` of the impression. Change a number, change `version`.

    Source:
        Netflix counts a title as chosen after two minutes (letter to shareholders, fourth quarter of 2019), and
        counted 70 % of a title before that; one day of attribution is ours.
    """

    version: str = "qualifying-play-1"
    least_seconds: float = 120.0
    least_share: float = 0.7
    attribution_seconds: float = 86_400.0

    def reward(self, outcome: Outcome, shown_at: datetime) -> int:
        """1 or 0. An outcome from before its impression is none of its doing."""
        runtime = math.nan if outcome.runtime_seconds is None else outcome.runtime_seconds
        told = (outcome.at - shown_at) // _MICROSECOND, outcome.played_seconds, runtime, outcome.completed
        return int(self.rewards(*(np.array([one]) for one in told))[0])

    def rewards(
        self,
        passed: NDArray[np.int64],
        played: NDArray[np.float64],
        runtime: NDArray[np.float64],
        completed: NDArray[np.bool_],
    ) -> NDArray[np.bool_]:
        """(outcomes,) whether each is rewarded.

        Args:
            passed: (outcomes,) microseconds since the impression.
            played: (outcomes,) seconds.
            runtime: (outcomes,) seconds, NaN where it is not known.
            completed: (outcomes,).
        """
        soon = (passed >= 0) & (passed <= timedelta(seconds=self.attribution_seconds) // _MICROSECOND)
        needed = np.fmin(self.least_seconds, self.least_share * runtime)
        enough: NDArray[np.bool_] = soon & (completed | ((played >= needed) & (played > 0)))
        return enough


Grid = NDArray[np.float32] | NDArray[np.float64]
"""(titles, width): a row for every title of a page, a column for every option, padded on the right."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked of a policy: for every title its options and what is believed of them.

    Attributes:
        keys: (titles, width) uint64. Names the options: same option, same key, on every page. Orders ties.
        mean: (titles, width) float. Believed log-odds of a qualifying play; compared within a title only.
        spread: (titles, width) float, >= 0. Standard deviation of that belief.
        allowed: (titles, width) bool. What the guardrails let through; padding is False.
        pinned: (titles,) int64. Column that an editor fixed, -1 for none.
        shown: (titles,) int64. Column that the member saw last, -1 where that is not known.
    """

    keys: NDArray[np.uint64]
    mean: Grid
    spread: Grid
    allowed: NDArray[np.bool_]
    pinned: NDArray[np.int64]
    shown: NDArray[np.int64]

    def __post_init__(self) -> None:
        shape = self.keys.shape
        if len(shape) != 2 or not self.mean.shape == self.spread.shape == self.allowed.shape == shape:
            raise PageError(f"a page has four grids of one shape, not {shape}, {self.mean.shape}, {self.spread.shape}")
        if self.pinned.shape != shape[:1] or self.shown.shape != shape[:1]:
            raise PageError(f"{shape[0]} titles, but {self.pinned.shape} pins and {self.shown.shape} shown")

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def of(
        cls,
        keys: NDArray[np.uint64],
        mean: Grid,
        spread: Grid | None = None,
        allowed: NDArray[np.bool_] | None = None,
    ) -> Page:
        """The page of these beliefs, without pins; all allowed, and all certain, unless said otherwise."""
        none = np.full(len(keys), -1, dtype=np.int64)
        sure = np.zeros(keys.shape) if spread is None else spread
        return cls(keys, mean, sure, np.ones(keys.shape, np.bool_) if allowed is None else allowed, none, none)


def shares(page: Page, row: int, options: Sequence[str], probabilities: Grid) -> Propensities:
    """One row of a page in words: its allowed options, named, with their probabilities."""
    columns = [int(column) for column in np.flatnonzero(page.allowed[row, : len(options)])]
    return Propensities(
        tuple(options[column] for column in columns), tuple(float(probabilities[row, column]) for column in columns)
    )
