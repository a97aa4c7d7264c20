"""What a snapshot holds, as it went in: its titles, so that the next one can take over what stays."""

from __future__ import annotations

from collections import defaultdict

import msgspec

from ranking.domain import Option
from ranking.learn.press import Artwork
from ranking.learn.snapshot import RenditionEntry, Snapshot, TitleEntry


class _Shown(msgspec.Struct):
    title: str
    artwork: Artwork


def title_entries(snapshot: Snapshot) -> list[TitleEntry]:
    """Every title of the snapshot, by id: pressed again at the same moment they are the same snapshot."""
    names = snapshot.names
    options: dict[str, list[Option]] = defaultdict(list)
    values = snapshot.option_values()
    for option in values:
        options[option.title].append(option)
    renditions: dict[str, list[RenditionEntry]] = defaultdict(list)
    starts, placeholders = snapshot.answer_starts.tolist(), snapshot.placeholders
    for number, place in enumerate(snapshot.rendition_option.tolist()):
        answer = snapshot.answers[starts[number] : starts[number + 1]]
        artwork = msgspec.json.decode(bytes(answer) + b"}", type=_Shown).artwork
        renditions[values[place].title].append(
            RenditionEntry(
                id=artwork.rendition,
                option=values[place].id,
                canvas=names.canvases[snapshot.rendition_canvas[number]],
                files=snapshot.rendition_files(number),
                locale=names.locales[snapshot.rendition_locale[number]],
                alt=artwork.alt,
                placeholder=placeholders[number],
            )
        )
    return [TitleEntry(notes, tuple(options[notes.id]), tuple(renditions[notes.id])) for notes in snapshot.title_notes]
