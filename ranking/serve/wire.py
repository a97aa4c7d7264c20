"""What goes over the wire: strict requests, and the answers as they can be read back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from ranking.domain import Device
from ranking.learn.press import Artwork
from ranking.serve.params import MOST_EVENTS

MOST_TITLES = 500
MOST_PLACES = 100_000

Id = Annotated[str, Meta(min_length=1, max_length=128)]
"""What is only looked up: a pattern would cost a page of 200 titles 50 us."""
KeptId = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""What is kept: no control characters. PostgreSQL does not take them; one such event would hold up all others."""
Share = Annotated[float, Meta(ge=0, le=1)]
Token = Annotated[str, Meta(min_length=1, max_length=2_048, pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$")]
Shown = Annotated[str, Meta(min_length=1, max_length=2_048)]
"""What may be a token: one that is none says nothing, and the page is answered."""
Seconds = Annotated[float, Meta(ge=0, le=10_000_000)]
Moment = Annotated[datetime, Meta(tz=True)]


class DecisionRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Which picture shall each of these titles have for this member?

    Attributes:
        titles: at most 500 ids; the answer is in their order.
        canvas: the place that the pictures are for.
        profile: the member; None for a visitor. Visitors share one draw; the id of a session tells them apart.
        personalised: false where the member chose no personalisation.
        device, locale: what is looked at, and the language ("de-AT").
        local_hour: the hour that the member's clock shows, 0 to 23; left out where their time zone is not known.
        position: place on the page of the first title, 0 first.
        maturity_limit: the highest rank that may be shown.
        watched: title to the share of it that the member has watched; pictures that would spoil it are left out.
        shown: tokens of what the member saw last on this canvas, as they were given out, the newest last. A picture
            that was decided in this epoch stays, with its token; of earlier ones most do, see the policy. A token that
            says nothing (another member's, forged, too old) is left out, and counted in the metrics.
    """

    titles: Annotated[list[Id], Meta(max_length=MOST_TITLES)]
    canvas: Id
    profile: KeptId | None = None
    personalised: bool = True
    device: Device = Device.UNKNOWN
    locale: Annotated[str, Meta(max_length=35)] = ""
    local_hour: Annotated[int, Meta(ge=0, le=23)] | None = None
    position: Annotated[int, Meta(ge=0, le=MOST_PLACES)] = 0
    maturity_limit: Annotated[int, Meta(ge=0, le=1_000)] | None = None
    watched: Annotated[dict[Id, Share], Meta(max_length=MOST_TITLES)] = {}
    shown: Annotated[list[Shown], Meta(max_length=MOST_TITLES)] = []


class TitleAnswer(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One title's picture. A title that the snapshot does not know, or has no picture for, says so in `problem`."""

    title: str
    artwork: Artwork | None = None
    reason: Literal["personalised", "explore", "cold_start", "pinned", "fallback", "held"] | UnsetType = UNSET
    token: str | UnsetType = UNSET
    problem: Literal["unknown_title", "no_artwork"] | UnsetType = UNSET


class DecisionAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """A page of pictures, all from one release. Until the epoch turns the same request has the same answer.

    A decision that stands, since the request says that it was `shown`, keeps the token of the release that made it.
    """

    snapshot: str
    model: str
    policy: str
    release: str
    epoch: int
    titles: list[TitleAnswer]


class ImpressionReport(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="impression"):
    """The picture of a decision was seen, at this place of the page (0 first)."""

    event: KeptId
    token: Token
    at: Moment
    position: Annotated[int, Meta(ge=0, le=MOST_PLACES)] = 0


class OutcomeReport(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="outcome"):
    """What the member did with the title after that."""

    event: KeptId
    token: Token
    at: Moment
    played_seconds: Seconds
    runtime_seconds: Annotated[float, Meta(gt=0, le=10_000_000)] | None = None
    completed: bool = False


class EventBatch(Struct, frozen=True, forbid_unknown_fields=True):
    """Up to 1,000 events, in any order; an event is known by its id for ever."""

    events: Annotated[list[ImpressionReport | OutcomeReport], Meta(max_length=MOST_EVENTS)]


class RefusedEvent(Struct, frozen=True, forbid_unknown_fields=True):
    """An event that was not kept, and never will be."""

    event: str
    problem: Literal["token", "expired", "future", "early", "snapshot", "conflict"]


class EventReceipt(Struct, frozen=True, forbid_unknown_fields=True):
    """What became of a batch: `accepted` are on the disk now, `duplicates` were before."""

    accepted: int
    duplicates: int
    refused: list[RefusedEvent]


class Problem(Struct, frozen=True):
    """An error as RFC 9457 writes it."""

    title: str
    status: int
    detail: str = ""
    type: str = "about:blank"


class Alternative(Struct, frozen=True):
    """A picture that a title has, what is believed of it, and the rules that kept it out.

    `chance` is the probability of a qualifying play as it is believed, `doubt` the standard deviation of its log-odds.
    """

    option: str
    chosen: bool
    probability: float
    chance: float
    doubt: float
    refused_by: list[str]
    aesthetic: float
    faces: int
    shot_scale: str
    themes: dict[str, float]


class Explanation(Struct, frozen=True):
    """Why this picture.

    `words` says it in a sentence. `current` is false where beliefs have moved on since; the numbers of the
    alternatives are then today's, `propensity` and `candidates` are always those of the decision. `shown` is the
    picture that the member saw last before it, where that was told and made a difference.
    """

    decision: str
    title: str
    canvas: str
    option: str | None
    reason: str
    words: str
    propensity: float
    candidates: list[str]
    shown: str | None
    segment: str | None
    policy: str
    model: str
    snapshot: str
    epoch: int
    current: bool
    alternatives: list[Alternative]
