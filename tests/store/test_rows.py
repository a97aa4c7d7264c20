"""Whatever the domain can hold, a row can, and gives it back."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artwork.domain import (
    AnnotatedFrame,
    Appraisal,
    BoundaryKind,
    Box,
    Candidate,
    CompositionalAnnotation,
    ContextualAnnotation,
    Face,
    FilmFacts,
    FrameAnnotation,
    FrameSignals,
    ModelRef,
    PaletteColour,
    Refusal,
    SampledFrame,
    Shot,
    ShotKind,
    ShotScale,
    Theme,
    Timecode,
    Title,
    VisualAnnotation,
)
from artwork.errors import StoreError
from artwork.store import rows
from artwork.store.records import FilmFile, TitleRecord

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(max_size=12)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
BASES = st.builds(Fraction, st.integers(1, 1001), st.sampled_from([24, 25, 1000, 12800, 30000, 90000]))
# 2**31 ticks of the longest base are 2,800 years; on a base common to all of `BASES` they still fit into 64 bits.
TIMECODES = st.builds(Timecode, st.integers(-(2**31), 2**31), BASES)
BOXES = st.builds(Box, *[st.floats(0, 0.5)] * 4)
ANNOTATIONS = st.builds(
    FrameAnnotation,
    st.builds(VisualAnnotation, *[FLOATS] * 9, st.lists(st.builds(PaletteColour, TEXT, FLOATS), max_size=2).map(tuple)),
    st.builds(
        ContextualAnnotation,
        st.lists(
            st.builds(
                Face,
                BOXES,
                FLOATS,
                st.none() | st.booleans(),
                st.none() | st.booleans(),
                st.lists(st.tuples(FLOATS, FLOATS), max_size=2).map(tuple),
            ),
            max_size=2,
        ).map(tuple),
        st.sampled_from(ShotScale),
        st.lists(BOXES, max_size=2).map(tuple),
        FLOATS,
    ),
    st.builds(
        CompositionalAnnotation,
        *[FLOATS] * 3,
        st.lists(st.lists(FLOATS, max_size=2).map(tuple), max_size=2).map(tuple),
        BOXES,
    ),
)
FACTS = st.builds(
    FilmFacts,
    st.integers(1, 20000),
    st.integers(1, 20000),
    TEXT,
    st.none() | BASES,
    st.none() | FLOATS,
    BASES,
    st.integers(-360, 360),
    TEXT,
    BOXES,
)
TITLES = st.builds(
    Title,
    TEXT.filter(bool),
    TEXT.filter(bool),
    TEXT,
    TEXT,
    TEXTS,
    TEXT,
    TEXTS,
    st.none() | st.integers(1870, 2200),
    TEXT,
    TEXT,
    st.dictionaries(TEXT, TEXT, max_size=3),
)


@given(
    title=TITLES, film=st.builds(FilmFile, TEXT, st.integers(0, 2**62), st.none() | st.integers(0, 2**62)), facts=FACTS
)
def test_titles_survive_the_round_trip(title: Title, film: FilmFile, facts: FilmFacts) -> None:
    row = rows.title_row(title) | rows.film_row(film, facts) | {"status": None, "reason": "", "refused": None}
    assert rows.to_title_record(row) == TitleRecord(title, film, facts)


@given(
    instants=st.lists(TIMECODES, min_size=4, max_size=4),
    number=st.integers(0, 10**6),
    opens_with=st.sampled_from(BoundaryKind),
    kind=st.sampled_from(ShotKind),
)
def test_shots_survive_the_round_trip_though_their_time_bases_differ(
    instants: list[Timecode], number: int, opens_with: BoundaryKind, kind: ShotKind
) -> None:
    start, clear_start, clear_end, end = sorted(instants)
    shot = Shot(number, start, end, clear_start, clear_end, opens_with, kind)
    assert rows.to_shot(rows.shot_row(shot)) == shot


@given(
    frame=st.builds(
        SampledFrame,
        TEXT,
        st.integers(0, 9999),
        TIMECODES,
        FLOATS,
        TEXT,
        st.builds(FrameSignals, *[FLOATS] * 4),
        FLOATS,
    )
)
def test_sampled_frames_survive_the_round_trip(frame: SampledFrame) -> None:
    back = rows.to_sampled(rows.sampled_row(frame, 7))
    assert back == frame
    assert (back.at.pts, back.at.time_base) == (frame.at.pts, frame.at.time_base)


@given(annotation=ANNOTATIONS, at=TIMECODES)
def test_annotated_frames_survive_the_round_trip(annotation: FrameAnnotation, at: Timecode) -> None:
    frame = AnnotatedFrame("f", 3, at, 0.1, "ab/abc.jpg", "0123456789abcdef", annotation)
    sampled = SampledFrame("f", 3, at, 0.1, "ab/abc.jpg", FrameSignals(0, 0, 0, 0), 0.0)
    row = rows.sampled_row(sampled, 0) | rows.annotation_row(frame)
    assert rows.to_annotated(row) == frame
    assert rows.annotation_row(rows.to_annotated(row)) == rows.annotation_row(frame)


@given(
    numbers=st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=8),
    aesthetic=FLOATS,
    themes=st.lists(st.builds(Theme, TEXT, TEXT, FLOATS), max_size=3).map(tuple),
)
def test_appraisals_survive_the_round_trip_bit_for_bit(
    numbers: list[float], aesthetic: float, themes: tuple[Theme, ...]
) -> None:
    appraisal = Appraisal("f", np.array(numbers, np.float32), aesthetic, themes)
    back = rows.to_appraisal(rows.appraisal_row(appraisal, "m", "n"))
    assert back == appraisal
    assert back.vector.tobytes() == appraisal.vector.tobytes()
    assert back.vector.flags.writeable


@given(refusal=st.builds(Refusal, TEXT, TEXT, FLOATS, FLOATS))
def test_refusals_survive_the_round_trip(refusal: Refusal) -> None:
    assert rows.to_refusal(rows.refusal_row(refusal, 0)) == refusal


@given(candidate=st.builds(Candidate, TEXT, TEXT, st.integers(1, 99), FLOATS, st.booleans()))
def test_candidates_survive_the_round_trip(candidate: Candidate) -> None:
    assert rows.to_candidate(rows.candidate_row(candidate)) == candidate


@given(model=st.builds(ModelRef, TEXT, TEXT, TEXT))
def test_models_survive_the_round_trip(model: ModelRef) -> None:
    assert rows.to_model(rows.model_row(model)) == model


def test_canonical_text_does_not_depend_on_the_order_of_keys() -> None:
    assert rows.canonical({"b": [1.0, None], "a": "ä"}) == rows.canonical({"a": "ä", "b": [1.0, None]})
    assert rows.canonical({"b": [1.0, None], "a": "ä"}) == '{"a":"ä","b":[1.0,null]}'


def test_time_bases_that_differ_meet_in_their_greatest_common_part() -> None:
    """1/24 and 1/25 s meet in 1/600 s: 25, 48, 50 and 72 of them."""
    at = (Timecode(1, Fraction(1, 24)), Timecode(2, Fraction(1, 25)), Timecode(2, Fraction(1, 24)))
    row = rows.shot_row(Shot(0, at[0], Timecode(3, Fraction(1, 25)), at[1], at[2]))
    assert row["time_base"] == "1/600"
    assert [row[f"{name}_pts"] for name in ("start", "clear_start", "clear_end", "end")] == [25, 48, 50, 72]


def test_a_time_stamp_beyond_64_bits_is_refused() -> None:
    frame = SampledFrame("f", 0, Timecode(2**63, Fraction(1, 24)), 0.0, "", FrameSignals(0, 0, 0, 0), 0.0)
    with pytest.raises(StoreError, match="64 bits"):
        rows.sampled_row(frame, 0)
