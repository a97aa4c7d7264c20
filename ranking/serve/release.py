"""A release: one snapshot with the beliefs, memberships and policy that belong to it, loaded and never changed.

A request takes hold of one release and answers from it alone, so nothing is ever mixed in an answer; a new one is
loaded beside it and put in its place by one assignment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from ranking.domain import Device
from ranking.errors import SnapshotError
from ranking.features import situation
from ranking.learn import answers as answers_folder
from ranking.learn import beliefs as beliefs_folder
from ranking.learn import members as members_folder
from ranking.learn import snapshot as snapshot_folder
from ranking.learn.answers import Answers
from ranking.learn.beliefs import ALL_ALIKE, Beliefs
from ranking.learn.folder import Active, read_active
from ranking.learn.members import Members
from ranking.learn.snapshot import Snapshot
from ranking.policy.eligibility import Limits
from ranking.policy.lots import Keys, key_of, option_keys
from ranking.policy.page import OptionTable
from ranking.policy.policies import STANDARD
from ranking.ports import Policy
from ranking.serve.mixture import Ready, answers_without
from ranking.serve.policies import policy_named, policy_of
from ranking.serve.tokens import ROW, bits_of

UNKNOWN = situation(Device.UNKNOWN, None)
"""Nothing is known of where and when."""
NOT_LEARNED = "none"
"""The model of a release without beliefs."""
Opened = TypeVar("Opened")


@dataclass(frozen=True, slots=True)
class View:
    """What one canvas shows in one language, and what one table believes of it.

    Attributes:
        number: the canvas.
        table: for the policy; only what has a rendition here is approved in it.
        ready: the policy's answers; None where they are not tabulated.
        renditions: (titles, width) int64, -1 for none.
        heads: for each rendition of the snapshot the beginning of a title's answer, see `Snapshot.answers`.
        records: (titles, width) of `tokens.ROW`: what a token says of each option as long as nothing is limited.
        fallbacks: for each title the columns of its fallback, the best first: none of them has no rendition.
    """

    number: int
    table: OptionTable
    ready: Ready | None
    renditions: NDArray[np.int64]
    heads: Sequence[bytes]
    records: NDArray[np.void]
    fallbacks: tuple[tuple[int, ...], ...]


class Release:
    """All that decisions are made from.

    Attributes:
        snapshot, beliefs, members, answers: opened; None where it is missing.
        policy: decides.
        problems: what is missing and why, in words; the answers fall back, and say so.
        withdrawn: options that a person took back after they were published: nothing shows them.
        keys: for each canvas what the draw knows options and titles by.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # the parts of a release
        self,
        snapshot: Snapshot,
        beliefs: Beliefs | None = None,
        members: Members | None = None,
        policy: Policy = STANDARD,
        answers: Answers | None = None,
        problems: tuple[str, ...] = (),
        release_id: str = "",
        keys: dict[str, tuple[Keys, Keys]] | None = None,
        withdrawn: frozenset[str] = frozenset(),
    ) -> None:
        self.snapshot = snapshot
        self.beliefs = beliefs
        self.members = members
        self.policy = policy
        self.answers = answers
        self.problems = problems
        self.withdrawn = withdrawn
        self.model = beliefs.model if beliefs else NOT_LEARNED
        self.id = release_id or Active(snapshot.digest).id
        self.canvases = {name: number for number, name in enumerate(snapshot.names.canvases)}
        self.keys = keys or _keys(snapshot)
        self._under = beliefs.under if beliefs else ALL_ALIKE
        self._views = self._all_views()

    @classmethod
    def load(  # noqa: PLR0913  # what it is loaded from, each by name
        cls,
        store: Path,
        active: Active | None = None,
        *,
        verify: bool = False,
        strict: bool = True,
        former: Release | None = None,
        withdrawn: frozenset[str] = frozenset(),
        policy: str = "",
    ) -> Release:
        """What the store's pointer says, or `active`. A part that cannot be used is left out, and told of.

        Of `former` snapshot and memberships are taken over where they are the same: beliefs come every few minutes.
        With `verify` all else is hashed: what is damaged is found now, and not by a member. `policy` names one that
        decides whatever the pointer says; where it is another, the release's id says so, and its tokens.

        Where it is not `strict`, what no decision needs of the snapshot may be damaged.

        Raises:
            SnapshotError: there is no snapshot that can be used.
        """
        wanted = active or read_active(store)
        same = former if former and former.snapshot.digest == wanted.snapshot else None
        folder = store / snapshot_folder.FOLDER / _plain_name(wanted.snapshot)
        snapshot = same.snapshot if same else _snapshot(folder, verify=verify, strict=strict)
        problems = [snapshot.damage] if snapshot.damage else []

        def part(name: str | None, folder: str, opened: Callable[..., Opened]) -> Opened | None:
            if name is None:
                if folder != answers_folder.FOLDER:  # without them the policy is asked: slower, not poorer
                    problems.append(f"no {folder}")
                return None
            try:
                return opened(store / folder / _plain_name(name), verify=verify)
            except SnapshotError as error:
                problems.append(str(error))
                return None

        beliefs = part(wanted.beliefs, beliefs_folder.FOLDER, Beliefs.open)
        known = former.members if former and former.members and former.members.digest == wanted.members else None
        members = known or part(wanted.members, members_folder.FOLDER, Members.open)
        if beliefs and (beliefs.snapshot != snapshot.digest or not _fits(beliefs, snapshot)):
            problems.append(f"beliefs {beliefs.digest} are of snapshot {beliefs.snapshot}, not {snapshot.digest}")
            beliefs = None
        if members and beliefs and members.segmentation != beliefs.segmentation:
            problems.append(f"members {members.digest} are of segments {members.segmentation}")
            members = None
        own = policy_or_standard(wanted.policy, problems)
        decides = policy_named(policy) if policy else own
        other = decides.version != own.version
        answers = part(wanted.answers, answers_folder.FOLDER, Answers.open)
        if answers and not (beliefs and _answer(answers, beliefs, decides)):
            if not other:
                problems.append(f"answers {answers.digest} are of {answers.policy} about beliefs {answers.beliefs}")
            answers = None
        name, keys = f"{wanted.id}:{policy}" if other else wanted.id, same.keys if same else None
        return cls(snapshot, beliefs, members, decides, answers, tuple(problems), name, keys, withdrawn)

    def without(self, withdrawn: frozenset[str]) -> Release:
        """The same release, of which these options are not shown. It keeps its id, and its tokens their meaning."""
        parts = self.snapshot, self.beliefs, self.members, self.policy, self.answers, self.problems
        return Release(*parts, self.id, self.keys, withdrawn)

    def shows(self, rendition: int) -> bool:
        """Whether the picture of this rendition may be shown."""
        if not self.withdrawn:
            return True
        row = self.snapshot.options[int(self.snapshot.rendition_option[rendition])]
        return self.snapshot.names.options[int(row["title"])][int(row["column"])] not in self.withdrawn

    def view(self, canvas: str, locale: str, under: int = UNKNOWN) -> View:
        """What a canvas shows to a locale, and what is believed of it under one of `ranking.features.SITUATIONS`.

        Raises:
            KeyError: there is no such canvas.
        """
        return self.views(canvas, locale)[self._under[under]]

    def views(self, canvas: str, locale: str) -> tuple[View, ...]:
        """What a canvas shows to a locale such as "de-AT": made for it, else for its language, else the title's own.

        One for each table of the beliefs, in their order.

        Raises:
            KeyError: there is no such canvas.
        """
        number = self.canvases[canvas]
        for wanted in (locale, locale.split("-", maxsplit=1)[0]):
            found = self._views.get((number, wanted))
            if found is not None:
                return found
        return self._views[number, ""]

    @cached_property
    def bare(self) -> Release:
        """The same without beliefs: what is answered with when they turn out to be unusable."""
        bare = Release(self.snapshot, problems=("its beliefs failed",), release_id=self.id, keys=self.keys)
        return bare.without(self.withdrawn) if self.withdrawn else bare

    @cached_property
    def facts(self) -> bytes:
        """The beginning of every answer: which versions it is from, as an open JSON object."""
        versions = {"snapshot": self.snapshot.digest, "model": self.model, "policy": self.policy.version}
        return msgspec.json.encode({**versions, "release": self.id})[:-1]

    def _all_views(self) -> dict[tuple[int, str], tuple[View, ...]]:
        snapshot = self.snapshot
        approved, fallback = snapshot.grid("approved", empty=False), snapshot.grid("fallback", empty=False)
        taken = _taken_back(snapshot, self.withdrawn)
        heads = [snapshot.answers[begin:end] for begin, end in pairwise(snapshot.answer_starts.tolist())]
        views: dict[tuple[int, str], tuple[View, ...]] = {}
        tables = [self._tables(name, number) for name, number in self.canvases.items()]
        found = self._answers_without(tables, taken)
        for number, of_canvas in enumerate(tables):
            for locale in sorted({"", *snapshot.names.locales}):
                shown = _renditions(snapshot, number, locale)
                shown[taken] = -1
                limits = of_canvas[0].limits
                limits = replace(limits, approved=limits.approved & (shown >= 0))
                ready = Ready.of(found.tables[0, number], found.allowed[number], limits) if found else None
                facts = shown, heads, _records(shown, limits.approved), _fallbacks(shown, fallback, approved)
                views[number, locale] = tuple(
                    View(
                        number,
                        replace(table, limits=limits),
                        replace(ready, table=found.tables[place, number]) if ready and found else None,
                        *facts,
                    )
                    for place, table in enumerate(of_canvas)
                )
        return views

    def _answers_without(self, tables: list[tuple[OptionTable, ...]], taken: NDArray[np.bool_]) -> Answers | None:
        if self.answers is None or not taken.any():
            return self.answers
        try:
            return answers_without(self.answers, self.policy, tables, taken)
        except Exception:  # noqa: BLE001  # the pictures are out all the same: their titles are asked about each time
            return self.answers

    def _tables(self, canvas: str, number: int) -> tuple[OptionTable, ...]:
        """What the policy is asked about; without beliefs only an editor's word is left, which needs none."""
        snapshot, names, believed = self.snapshot, self.snapshot.names, self.beliefs
        limits, beliefs = _limits(snapshot), np.zeros((1, snapshot.titles, 2, snapshot.width), dtype=np.float32)
        if believed is None:
            limits = replace(limits, approved=limits.approved & snapshot.grid("pinned", empty=False))
        else:
            beliefs = believed.of(0, number)
        first = OptionTable(
            canvas,
            tuple(names.titles),
            tuple(map(tuple, names.options)),
            *self.keys[canvas],
            beliefs,
            limits,
            _marked(snapshot, "pinned"),
            _marked(snapshot, "fallback"),
        )
        others = range(1, len(believed.tables)) if believed else ()
        return first, *(replace(first, beliefs=believed.of(place, number)) for place in others if believed)


def _snapshot(folder: Path, *, verify: bool, strict: bool) -> Snapshot:
    """The snapshot; it says what it is damaged in, where decisions can be made without that."""
    try:
        return Snapshot.open(folder, verify=verify)
    except SnapshotError as error:
        if strict:
            raise
        snapshot = Snapshot.open(folder, verify=verify, besides=snapshot_folder.DECIDED_WITHOUT)
        snapshot.damage = str(error)
        return snapshot


def _keys(snapshot: Snapshot) -> dict[str, tuple[Keys, Keys]]:
    """For each canvas (titles, width) and (titles,): what the draw knows options and titles by."""
    names, keys = snapshot.names, {}
    for canvas in names.canvases:
        grid = np.zeros((snapshot.titles, snapshot.width), dtype=np.uint64)
        for row, (title, ids) in enumerate(zip(names.titles, names.options, strict=True)):
            grid[row, : len(ids)] = option_keys(title, canvas, ids)
        keys[canvas] = grid, np.array([key_of("title", title, canvas) for title in names.titles], dtype=np.uint64)
    return keys


def _limits(snapshot: Snapshot) -> Limits:
    return Limits(
        snapshot.grid("approved", empty=False),
        snapshot.grid("opens", -np.inf),
        snapshot.grid("closes", np.inf),
        snapshot.grid("maturity", 0).astype(np.int16),
        snapshot.grid("spoils_until", 0.0),
        snapshot.grid("places", 0),
        tuple(snapshot.names.places),
    )


def _marked(snapshot: Snapshot, mark: str) -> NDArray[np.int64]:
    """(titles,): the first column that carries the mark, -1 where none does."""
    grid = snapshot.grid(mark, empty=False)
    return np.where(grid.any(axis=1), grid.argmax(axis=1), -1).astype(np.int64)


def _renditions(snapshot: Snapshot, canvas: int, locale: str) -> NDArray[np.int64]:
    """(titles, width): the rendition of every option here; made for the locale, or else for the title's own."""
    of_option = np.full(len(snapshot.options), -1, dtype=np.int64)
    for wanted in ("", locale.split("-", maxsplit=1)[0], locale):
        if wanted in snapshot.names.locales:
            number = snapshot.names.locales.index(wanted)
            found = np.flatnonzero((snapshot.rendition_canvas == canvas) & (snapshot.rendition_locale == number))
            of_option[snapshot.rendition_option[found]] = found
    grid = np.full((snapshot.titles, snapshot.width), -1, dtype=np.int64)
    grid[snapshot.options["title"], snapshot.options["column"]] = of_option
    return grid


def _taken_back(snapshot: Snapshot, withdrawn: frozenset[str]) -> NDArray[np.bool_]:
    """(titles, width): the options that are withdrawn."""
    taken = np.zeros((snapshot.titles, snapshot.width), dtype=np.bool_)
    if withdrawn:
        for row, ids in enumerate(snapshot.names.options):
            taken[row, : len(ids)] = [option in withdrawn for option in ids]
    return taken


def _records(renditions: NDArray[np.int64], approved: NDArray[np.bool_]) -> NDArray[np.void]:
    records = np.zeros(renditions.shape, dtype=ROW)
    records["title"] = np.arange(len(renditions))[:, None]
    records["column"] = np.arange(renditions.shape[1])
    records["rendition"] = renditions
    records["allowed"] = bits_of(approved)[:, None]
    return records


def _fallbacks(
    renditions: NDArray[np.int64], marked: NDArray[np.bool_], approved: NDArray[np.bool_]
) -> tuple[tuple[int, ...], ...]:
    """Each title's marked picture, and behind it its approved ones, by column; only those that can be shown here."""
    rank = np.where(renditions < 0, 3, np.where(marked, 1, np.where(approved, 2, 3)))
    order = np.argsort(rank, axis=1, kind="stable")
    counts = (rank < 3).sum(axis=1)
    return tuple(tuple(row[:count]) for row, count in zip(order.tolist(), counts.tolist(), strict=True))


def _fits(beliefs: Beliefs, snapshot: Snapshot) -> bool:
    _, canvases, _, titles, _, width = beliefs.tables.shape
    known = len(snapshot.names.canvases)
    return canvases in {1, known} and (titles, width) == (snapshot.titles, snapshot.width)


def _answer(answers: Answers, beliefs: Beliefs, policy: Policy) -> bool:
    same = answers.beliefs == beliefs.digest and answers.policy == policy.version
    tables, _, *rest = beliefs.tables.shape
    return same and answers.tables.shape == (tables, len(answers.allowed), *rest)


def policy_or_standard(version: str, problems: list[str]) -> Policy:
    """The policy of this version; where there is none, the usual one, and what is wrong is added to the problems."""
    try:
        return policy_of(version) if version else STANDARD
    except SnapshotError as error:
        problems.append(str(error))
        return STANDARD


def _plain_name(name: Any) -> str:  # noqa: ANN401  # read from a file
    """A folder's name: letters and digits, never a way out of the store."""
    if not (isinstance(name, str) and name.isascii() and name.isalnum()):
        raise SnapshotError(f"{name!r} is not the name of a folder")
    return name
