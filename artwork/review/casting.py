"""Who is in a title, for the page: found once from the stills, kept in the store, looked up ever after."""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from artwork.annotate.cast import Cast, CastParams, Person, Sighting, face_vectors, find_cast, open_face_embedder
from artwork.annotate.portraits import aligned
from artwork.domain import AnnotatedFrame, Rgb, content_id
from artwork.errors import StoreError
from artwork.ports import FaceEmbedder
from artwork.review.company import Company, company_of
from artwork.review.footage import FilmReview
from artwork.review.pictures import Pictures, decoded, encoded
from artwork.store.blobs import Blobs
from artwork.store.naming import NOBODY_NAMED, Names

VERSION = 1
"""Raised by hand when the same faces would be grouped otherwise."""
PORTRAIT_SIDE = 96
PORTRAIT_ZOOM = 0.62
"""How near a portrait is: the whole head, with its hair."""
KEPT = 16
"""Titles in memory: some hundred kilobytes each."""


class Casting:
    """Finds casts. Safe to share between threads; each title is worked on once at a time."""

    def __init__(
        self,
        blobs: Blobs,
        embedder: FaceEmbedder | None = None,
        params: CastParams | None = None,
        folder: Path | None = None,
    ) -> None:
        """A casting.

        Args:
            blobs: where the stills are.
            embedder: the built-in one when None.
            params: `CastParams()` when None.
            folder: where casts are kept; None: in memory alone.
        """
        self._blobs = blobs
        self._params = params or CastParams()
        self._embedder = embedder or open_face_embedder()
        self._folder = folder
        self._known: OrderedDict[str, Cast] = OrderedDict()
        self._recognised: dict[tuple[str, str], Mapping[int, int]] = {}
        self._companies: OrderedDict[str, tuple[tuple[str, int, frozenset[str]], Company]] = OrderedDict()
        self._lock = threading.Lock()
        self._working: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def find(self, film: FilmReview, names: Names = NOBODY_NAMED) -> Company:
        """Who is in a title; takes some milliseconds for each frame with faces, once."""
        key = self._key(film)
        with self._working[key]:
            cast = self._kept(key)
            if cast is None:
                frames = [frame for frame in film.frames.values() if frame.id not in film.added]
                cast = find_cast(frames, film.shots, self._still, self._embedder, self._params)
                self._keep(key, cast)
        return self._company(film, cast, key, names)

    def known(self, film: FilmReview, names: Names = NOBODY_NAMED) -> Company | None:
        """Who is in a title, where its faces were grouped before."""
        key = self._key(film)
        cast = self._kept(key)
        return None if cast is None else self._company(film, cast, key, names)

    def portrait(self, film: FilmReview, frame: str, number: int, pictures: Pictures) -> bytes | None:
        """The JPEG of a face; None where the frame has no face of that number.

        Raises:
            StoreError: the still is not there.
        """
        found = film.frames.get(frame)
        if found is None or not 0 <= number < len(found.annotation.contextual.faces):
            return None
        face, still = found.annotation.contextual.faces[number], found.still

        def cut() -> bytes:
            return encoded(aligned(decoded(self._blobs.get(still)), face, PORTRAIT_SIDE, PORTRAIT_ZOOM))

        return pictures.kept(f"portrait/{frame}/{face.box}", cut)

    def _company(self, film: FilmReview, cast: Cast, key: str, names: Names) -> Company:
        made_of = key, names.newest, film.added
        with self._lock:
            known = self._companies.get(film.record.title.id)
        if known is not None and known[0] == made_of:
            return known[1]
        added = {
            (name, face): number
            for name in sorted(film.added)
            for face, number in self._recognised_in(film.frames[name], cast, key).items()
        }
        found = company_of(film, cast, added, names, key)
        with self._lock:
            self._companies[film.record.title.id] = made_of, found
            while len(self._companies) > KEPT:
                self._companies.popitem(last=False)
        return found

    def _recognised_in(self, frame: AnnotatedFrame, cast: Cast, key: str) -> Mapping[int, int]:
        """Who of the cast the faces of a frame are that was not there when it was found."""
        if (key, frame.id) not in self._recognised:
            still = self._still(frame.still)
            found = face_vectors(frame, still, self._embedder, self._params) if still is not None else []
            numbers = cast.recognised(np.stack([vector for _, vector in found])) if found else ()
            self._recognised[key, frame.id] = {
                face: number for (face, _), number in zip(found, numbers, strict=True) if number
            }
        return self._recognised[key, frame.id]

    def _still(self, key: str) -> Rgb | None:
        try:
            return decoded(self._blobs.get(key))
        except StoreError:
            return None

    def _key(self, film: FilmReview) -> str:
        return content_id("cast", VERSION, film.record.title.id, film.made_from, self._embedder.model, self._params)

    def _kept(self, key: str) -> Cast | None:
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        cast = _read(self._folder / f"{key}.npz") if self._folder else None
        if cast is not None:
            self._remember(key, cast)
        return cast

    def _keep(self, key: str, cast: Cast) -> None:
        self._remember(key, cast)
        if self._folder:
            _write(self._folder / f"{key}.npz", cast)

    def _remember(self, key: str, cast: Cast) -> None:
        with self._lock:
            self._known[key] = cast
            while len(self._known) > KEPT:
                self._known.popitem(last=False)


def _write(place: Path, cast: Cast) -> None:
    """The cast is kept; where that cannot be it is found again the next time."""
    middles = [person.middle for person in cast.people]
    people = [
        {"prominence": one.prominence, "best": asdict(one.best), "sightings": [asdict(each) for each in one.sightings]}
        for one in cast.people
    ]
    words = json.dumps({"people": people, "likeness": cast.likeness, "identity": cast.identity})
    beside = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            with beside.open("xb") as file:
                np.savez(file, words=np.array(words), middles=np.stack(middles) if middles else np.zeros((0, 1)))
                file.flush()
                os.fsync(file.fileno())
            beside.replace(place)
        finally:
            beside.unlink(missing_ok=True)


def _read(place: Path) -> Cast | None:
    """The cast that was kept; None for none, and for a file that is damaged: it is found again."""
    try:
        with place.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            words, middles = json.loads(str(kept["words"])), np.asarray(kept["middles"], np.float32)
        people = tuple(
            Person(
                number,
                float(one["prominence"]),
                tuple(Sighting(**each) for each in one["sightings"]),
                Sighting(**one["best"]),
                middle,
            )
            for number, (one, middle) in enumerate(zip(words["people"], middles, strict=True), 1)
        )
        return Cast(people, float(words["likeness"]), bool(words["identity"]))
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile):
        return None
