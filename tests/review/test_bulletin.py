"""What one reviewer does reaches the others, from this process and from any other, and nothing is missed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence

import pytest

from artwork.errors import StoreError
from artwork.review.bulletin import BACKLOG, Bulletin, Listener, event
from artwork.store.catalog import Catalog
from artwork.store.entries import Action, Change, Entry
from artwork.store.journal import Journal


def note(journal: Journal, frame: str, title: str = "harbour") -> None:
    journal.append(title, [Change(frame, Action.NOTE, {"note": "fine"})], "Ben")


def told(_title: str, entries: Sequence[Entry]) -> dict[str, object]:
    return {"frames": [entry.frame for entry in entries]}


def run(catalog: Catalog, play: Callable[[Journal, Bulletin], Awaitable[None]]) -> None:
    """The play, with a bulletin that watches."""

    async def whole() -> None:
        journal = Journal(catalog.database)
        bulletin = Bulletin(journal, told)
        watch = asyncio.create_task(bulletin.watch())
        try:
            await asyncio.wait_for(play(journal, bulletin), 20)
        finally:
            bulletin.close()
            await watch

    asyncio.run(whole())


async def next_change(lines: object) -> dict[str, object]:
    async for line in lines:  # type: ignore[attr-defined]
        if "event: change" in line:
            return {"id": line.split("\n")[0], **json.loads(line.split("data: ")[1])}
    raise AssertionError("the line ended")


def test_an_entry_of_any_process_reaches_the_listeners_of_its_title(review_catalog: Catalog) -> None:
    async def play(journal: Journal, bulletin: Bulletin) -> None:
        lines = bulletin.listen("harbour", "Ana", 0)
        assert "presence" in await anext(lines)
        await asyncio.to_thread(note, journal, "x", "another")
        await asyncio.to_thread(note, journal, "f1")
        assert await next_change(lines) == {"id": "id: 2", "frames": ["f1"]}
        await lines.aclose()

    run(review_catalog, play)


def test_a_listener_that_was_away_is_told_what_it_missed(review_catalog: Catalog) -> None:
    async def play(journal: Journal, bulletin: Bulletin) -> None:
        for frame in ("f1", "f3", "f6"):
            await asyncio.to_thread(note, journal, frame)
        lines = bulletin.listen("harbour", "Ana", 1)
        assert (await next_change(lines))["frames"] == ["f3", "f6"]
        await lines.aclose()

    run(review_catalog, play)


def test_a_listener_that_was_away_for_long_is_told_what_came_behind_a_thousand_entries_of_others(
    review_catalog: Catalog,
) -> None:
    async def play(journal: Journal, bulletin: Bulletin) -> None:
        others = [Change(f"x{number}", Action.NOTE, {"note": "fine"}) for number in range(1_100)]
        journal.append("another", others, "Ben")
        note(journal, "f3")
        lines = bulletin.listen("harbour", "Ana", 0)
        assert (await next_change(lines))["frames"] == ["f3"]
        await lines.aclose()

    run(review_catalog, play)


def test_a_catalogue_that_is_away_for_a_moment_is_looked_at_again(
    review_catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, a database that starts anew: who waits hears of it afterwards, and nothing is left out."""
    since, failures = Journal.since, [StoreError("the database is away")] * 2

    def away(self: Journal, known: int) -> list[Entry]:
        if failures:
            raise failures.pop()
        return since(self, known)

    async def play(journal: Journal, bulletin: Bulletin) -> None:
        lines = bulletin.listen("harbour", "Ana", 0)
        assert "presence" in await anext(lines)
        monkeypatch.setattr(Journal, "since", away)
        await asyncio.to_thread(note, journal, "x")
        assert (await next_change(lines))["frames"] == ["x"]
        assert not failures

    run(review_catalog, play)


def test_a_title_that_cannot_be_told_cuts_its_listeners_off_and_no_others(review_catalog: Catalog) -> None:
    """They come back, naming the last entry they know."""

    def told_of_one(title: str, entries: Sequence[Entry]) -> dict[str, object]:
        return told(title, entries) if title == "harbour" else {}["nothing"]

    async def play() -> None:
        journal = Journal(review_catalog.database)
        bulletin = Bulletin(journal, told_of_one)
        watch = asyncio.create_task(bulletin.watch())
        broken, sound = bulletin.listen("another", "Ana", 0), bulletin.listen("harbour", "Ana", 0)
        for lines in (broken, sound):
            assert "presence" in await anext(lines)
        await asyncio.to_thread(note, journal, "x", "another")
        await asyncio.to_thread(note, journal, "y", "harbour")
        assert (await next_change(sound))["frames"] == ["y"]
        assert [line async for line in broken] == []
        bulletin.close()
        await watch

    asyncio.run(asyncio.wait_for(play(), 20))


def test_who_is_here_is_told_when_somebody_comes(review_catalog: Catalog) -> None:
    async def play(_journal: Journal, bulletin: Bulletin) -> None:
        ana = bulletin.listen("harbour", "Ana", 0)
        assert '"names": ["Ana"]' in await anext(ana)
        ben = bulletin.listen("harbour", "Ben", 0)
        await anext(ben)
        assert '"names": ["Ana", "Ben"]' in await anext(ana)
        await ben.aclose()
        await ana.aclose()

    run(review_catalog, play)


def test_a_listener_too_far_behind_is_cut_off_rather_than_kept_in_memory() -> None:
    async def play() -> None:
        listener = Listener("harbour", "Ana")
        for number in range(BACKLOG + 1):
            listener.push(str(number))
        assert listener.waiting.get_nowait() is None

    asyncio.run(play())


def test_no_text_ends_an_event() -> None:
    message = event("change", {"note": "a\n\nevent: forged\ndata: {}\r\u2028"}, 3)
    assert message.count("\n") == 4
    assert message.startswith("id: 3\nevent: change\ndata: {")
