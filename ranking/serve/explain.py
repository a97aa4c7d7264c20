"""Why this picture: a decision's token, read back and put into words."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from ranking.domain import Decision, Grid, Reason
from ranking.errors import SnapshotError
from ranking.learn.snapshot import Snapshot
from ranking.policy.eligibility import Asked
from ranking.policy.wrappers import given_shown
from ranking.serve.archive import Told
from ranking.serve.chooser import taste_of
from ranking.serve.mixture import asked_and_answered
from ranking.serve.release import Release, View
from ranking.serve.wire import Alternative, Explanation

WORDS = {
    Reason.PERSONALISED: "Believed to be the picture most likely to make {member} press play.",
    Reason.EXPLORE: "Shown to learn about it: another picture is believed to be a little better for {member}.",
    Reason.COLD_START: "Believed to be the best for everybody: nothing is known, or may be used, about the member.",
    Reason.PINNED: "An editor fixed this picture.",
    Reason.FALLBACK: "No picture was left to choose from: the title's own was shown.",
    Reason.HELD: "Held, as what this member saw last: another picture is believed to be a little better for {member}.",
}
ALSO_HELD = " It is also what this member saw last, and so it was held."
"""Said behind the words where the picture is both, and a policy that holds decided."""


def explain(told: Told, release: Release, current: Release, now: float) -> Explanation:
    """The decision of a token, with every picture that the title has and why it was or was not taken.

    What is believed is looked up in the release of the decision and under the circumstances that it was drawn under,
    wherever it stood since; the member's taste is today's.

    Args:
        told: the decision.
        release: that it was decided from.
        current: in use now.
        now: POSIX seconds.

    Raises:
        SnapshotError: what was believed then, or of whom, is gone: any other numbers would explain nothing.
    """
    decision, snapshot = told.decision, release.snapshot
    if release.model != decision.model or (decision.segment is not None and release.members is None):
        raise SnapshotError(f"release {release.id} is no longer whole: {'; '.join(release.problems)}")
    view = release.view(decision.canvas, "", told.under)
    row = view.table.places[decision.title]
    taste = taste_of(release, decision.profile)
    segment = _segment(release, decision.segment)
    asked = Asked(datetime.fromtimestamp(now, UTC))
    page, free, _ = asked_and_answered(release.policy, view.table, None, np.array([row]), taste, asked)
    shown = view.table.options[row].index(decision.shown) if decision.shown is not None else -1
    drawn = given_shown(release.policy, replace(page, shown=np.array([shown])), free)
    member = f"a member of {segment!r}" if segment else "this member"
    return Explanation(
        decision=decision.id,
        title=decision.title,
        canvas=decision.canvas,
        option=decision.option,
        reason=decision.reason,
        words=_words(decision, member),
        propensity=decision.propensity,
        candidates=list(decision.candidates),
        shown=decision.shown,
        segment=segment,
        policy=decision.policy,
        model=decision.model,
        snapshot=decision.snapshot,
        epoch=decision.epoch,
        current=release.id == current.id,
        alternatives=[
            _alternative(
                decision, snapshot, current.withdrawn, view, (row, column), asked, (page.mean, page.spread, drawn)
            )
            for column in range(len(view.table.options[row]))
        ],
    )


def _words(decision: Decision, member: str) -> str:
    """Why, in a sentence, or two where the picture is the one that was seen last."""
    words = WORDS[decision.reason].format(member=member)
    best = decision.reason in {Reason.PERSONALISED, Reason.COLD_START}
    return words + ALSO_HELD if best and decision.shown is not None and decision.shown == decision.option else words


def _alternative(  # noqa: PLR0913, PLR0917  # one row of a table
    decision: Decision,
    snapshot: Snapshot,
    withdrawn: frozenset[str],
    view: View,
    place: tuple[int, int],
    asked: Asked,
    believed: tuple[Grid, Grid, Grid],
) -> Alternative:
    """`believed`: mean, spread and probability of the title's options, (1, width) each."""
    row, column = place
    mean, spread, probability = (float(one[0, column]) for one in believed)
    option = view.table.options[row][column]
    notes = snapshot.option_notes[int(snapshot.first_option[row]) + column]
    rules = [rule for rule, mask in view.table.limits.refusals(row, asked).items() if mask[column]]
    if view.renditions[row, column] < 0:
        rules = ["no_rendition", *(rule for rule in rules if rule != "approved")]
    if option in withdrawn:
        rules = ["withdrawn"]
    if not rules and option not in decision.candidates:
        rules = ["request"]
    return Alternative(
        option=option,
        chosen=option == decision.option,
        probability=probability,
        chance=1 / (1 + math.exp(-mean)),
        doubt=spread,
        refused_by=rules,
        aesthetic=notes.aesthetic,
        faces=notes.faces,
        shot_scale=notes.shot_scale,
        themes=notes.themes,
    )


def _segment(release: Release, number: int | None) -> str | None:
    if number is None or release.beliefs is None or not 0 <= number < len(release.beliefs.segments):
        return None
    return release.beliefs.segments[number].name
