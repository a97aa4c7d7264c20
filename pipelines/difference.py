"""What a publish would change, said without composing or writing anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from pipelines.entry import as_kept, same_entry
from pipelines.publish import Work
from pipelines.settings import Settings
from pipelines.store import open_catalog
from pipelines.title_artwork import Plan, TitleArtwork
from ranking.learn.snapshot import TitleEntry


@dataclass(frozen=True, slots=True)
class Change:
    """What would become of a title.

    Attributes:
        title: its id.
        change: added, removed or changed; refused where it has nothing now and would have nothing then; same where
            it stays as it is, for the reason that is given.
        pictures_added, pictures_removed: ids of options.
        pictures_changed: those that would be shown differently: composed anew, or to others.
        to_compose: canvases of pictures that are not at hand as they would be made now.
        renditions_added, renditions_removed: of what is at hand.
        reason: why nothing of it can be published, or not all.
        fallback: nobody approved a picture of it: what is added or changed is what is shown for want of one.
    """

    title: str
    change: str
    pictures_added: tuple[str, ...] = ()
    pictures_removed: tuple[str, ...] = ()
    pictures_changed: tuple[str, ...] = ()
    to_compose: int = 0
    renditions_added: int = 0
    renditions_removed: int = 0
    reason: str = ""
    fallback: bool = False

    def as_row(self) -> dict[str, object]:
        """For a table, or for a program."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def difference(settings: Settings, only: Sequence[str] = ()) -> list[Change]:
    """One change for each title that would not stay as it is published, by id.

    Raises:
        StoreError: there is no catalogue, or the snapshot in use cannot be read.
        UnknownTitle: one of the titles is not in the catalogue.
    """
    with open_catalog(settings, create=False) as catalog:
        work = Work.begin(settings, catalog, only, None, keep=False)
        known = {docket.record.title.id for docket in work.dockets}
        plans: dict[str, tuple[TitleEntry | None, Plan]] = {
            title: (work.earlier[title], Plan(None, {})) for title in set(work.earlier) - known
        }
        for one in work.artworks():
            plans[one.title.id] = work.earlier.get(one.title.id), one.planned()
        for docket in work.dockets:
            title = docket.record.title.id
            if title not in plans:
                earlier = work.earlier.get(title)
                plans[title] = earlier, Plan(TitleArtwork(docket, earlier, work.house).kept(), {})
    changes = [_change(title, earlier, plan) for title, (earlier, plan) in sorted(plans.items())]
    return [change for change in changes if change is not None]


def _change(title: str, earlier: TitleEntry | None, plan: Plan) -> Change | None:
    if plan.entry is None and not plan.due:
        if earlier is None:
            return Change(title, "refused", reason=plan.reason) if plan.reason else None
        return Change(title, "removed", *_removal(earlier), reason=plan.reason)
    if same_entry(plan.entry, earlier) and not plan.due and not plan.reason:
        return None
    before = {option.id: option for option in as_kept(earlier).options} if earlier else {}
    after = {option.id: option for option in as_kept(plan.entry).options} if plan.entry else {}
    there, coming = _renditions(earlier), _renditions(plan.entry)
    changed = {name for name in before.keys() & after.keys() if before[name] != after[name] or name in plan.due}
    changed |= {option for (name, option) in there ^ coming if option in before and option in after}
    same = same_entry(plan.entry, earlier) and not plan.due
    return Change(
        title,
        "same" if same else "changed" if earlier else "added",
        tuple(sorted((after.keys() | plan.due.keys()) - before.keys())),
        tuple(sorted(before.keys() - after.keys() - plan.due.keys())),
        tuple(sorted(changed | (plan.due.keys() & before.keys()))),
        sum(plan.due.values()),
        len(coming - there),
        len(there - coming),
        plan.reason,
        plan.fallback,
    )


def _removal(entry: TitleEntry) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], int, int, int]:
    gone = tuple(option.id for option in entry.options)
    return (), gone, (), 0, 0, len(entry.renditions)


def _renditions(entry: TitleEntry | None) -> set[tuple[str, str]]:
    return {(one.id, one.option) for one in entry.renditions} if entry else set()
