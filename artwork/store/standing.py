"""How things stand with a frame after all that people did to it: the journal, folded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from artwork.store.entries import PROPOSED, Action, Entry


@dataclass(frozen=True, slots=True)
class Standing:
    """What people said of a frame, as it counts now.

    Attributes:
        verdict: proposed, approved or rejected.
        reason: why it was rejected; may be empty.
        focus: (x, y) in fractions of the frame; None where nobody set it.
        proposed: whether a person made the frame a candidate.
        added: the frame itself, as JSON gives it, where a person took one that no scan has kept.
        note: in a reviewer's words.
        newest: number of the frame's newest entry, undone ones and undoings included; 0 for none.
        reviewer, at: who wrote that entry, and when; empty for none.
    """

    verdict: str = PROPOSED
    reason: str = ""
    focus: tuple[float, float] | None = None
    proposed: bool = False
    added: Mapping[str, Any] | None = None
    note: str = ""
    newest: int = 0
    reviewer: str = ""
    at: str = ""


UNTOUCHED = Standing()


def live(entries: Sequence[Entry]) -> list[Entry]:
    """The entries that count, in order: those that no undo undoes, but for undoings that were undone themselves.

    Args:
        entries: of one title or one frame, by number; all of them.
    """
    undone: set[int] = set()
    counting = []
    for entry in reversed(entries):
        if entry.number in undone:
            continue
        counting.append(entry)
        if entry.action is Action.UNDO and entry.undoes is not None:
            undone.add(entry.undoes)
    return counting[::-1]


def standings(entries: Sequence[Entry], before: Mapping[str, str] | None = None) -> dict[str, Standing]:
    """How things stand, by frame.

    Args:
        entries: of one title, by number; all of them.
        before: verdicts by frame from outside the journal; they hold where the journal has no verdict.
    """
    found: dict[str, Standing] = defaultdict(lambda: UNTOUCHED)
    for frame, verdict in (before or {}).items():
        if verdict != PROPOSED:
            found[frame] = Standing(verdict)
    for frame in {entry.frame for entry in entries if entry.action is Action.VERDICT}:
        found[frame] = UNTOUCHED  # the journal knows better
    for entry in live(entries):
        found[entry.frame] = _after(found[entry.frame], entry)
    for entry in entries:
        found[entry.frame] = replace(found[entry.frame], newest=entry.number, reviewer=entry.reviewer, at=entry.at)
    return dict(found)


def newest_act(entries: Sequence[Entry], reviewer: str) -> list[Entry]:
    """The reviewer's newest act that counts and is no undoing, what "undo" takes back; empty for none."""
    return _act(entries, [entry for entry in live(entries) if entry.action is not Action.UNDO], reviewer)


def newest_undoing(entries: Sequence[Entry], reviewer: str) -> list[Entry]:
    """The reviewer's newest undoing that counts, what "redo" takes back; empty where they did anything new since."""
    actions = {entry.number: entry.action for entry in entries}
    mine = [entry for entry in live(entries) if entry.reviewer == reviewer]
    fresh = max((entry.number for entry in mine if entry.action is not Action.UNDO), default=0)
    undoings = [
        entry
        for entry in mine
        if entry.undoes is not None and entry.number > fresh and actions[entry.undoes] is not Action.UNDO
    ]
    return _act(entries, undoings, reviewer)


def _act(entries: Iterable[Entry], counting: Sequence[Entry], reviewer: str) -> list[Entry]:
    batch = next((entry.batch for entry in reversed(counting) if entry.reviewer == reviewer), None)
    alive = {entry.number for entry in counting}
    return [entry for entry in entries if entry.batch == batch and entry.number in alive]


def _after(standing: Standing, entry: Entry) -> Standing:
    content = entry.content
    match entry.action:
        case Action.VERDICT:
            return replace(standing, verdict=content["verdict"], reason=content.get("reason", ""))
        case Action.FOCUS:
            return replace(standing, focus=(content["x"], content["y"]) if content else None)
        case Action.PROPOSE:
            return replace(standing, proposed=True, added=content or standing.added)
        case Action.NOTE:
            return replace(standing, note=content.get("note", ""))
        case Action.NAME | Action.UNDO:
            return standing
