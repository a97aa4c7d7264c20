"""MovieLens as two games: do halves of the members find the same segments, and do segments foretell what is played?

The second: the last fifth of each member's ratings, in time, is held out. A segment's guess of the next title is how
often its members played each, smoothed towards everybody; a member's guess mixes the segments' by the member's
`TasteMixture`; all guesses are among titles that the member has not played. How much smoothing is chosen on the last
fifth of what was not held out. Log loss in nats per held-out play, averaged over members.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_mutual_info_score

from ranking.taste.evidence import Evidence, gathered
from ranking.taste.history import Plays, read_histories
from ranking.taste.ledger import Ledger
from ranking.taste.movielens import movie_traits
from ranking.taste.params import HistoryParams, TasteParams
from ranking.taste.segments import Fitted, fitted
from ranking.taste.traits import TraitTable, trait_table

HELD_OUT = 0.2
SMOOTHINGS = (300.0, 1_000.0, 3_000.0, 10_000.0, 30_000.0)
"""Plays of everybody that are added to a segment's."""
HITS_AT = 50


@dataclass(frozen=True, slots=True)
class Game:
    """The ratings as codes, by member and time.

    Attributes:
        members, titles: (rows,) places in `names` and in the traits. worth, at: (rows,).
        names: of the members.
        traits: genres of the titles.
    """

    members: np.ndarray
    titles: np.ndarray
    worth: np.ndarray
    at: np.ndarray
    names: Sequence[str]
    traits: TraitTable

    def where(self, chosen: np.ndarray) -> Game:
        """Some of the rows."""
        rows = (self.members[chosen], self.titles[chosen], self.worth[chosen], self.at[chosen])
        return Game(*rows, self.names, self.traits)

    def evidence(self, params: TasteParams, members: np.ndarray | None = None) -> Evidence:
        """Of all members, or of some."""
        rows = np.ones(len(self.members), bool) if members is None else np.isin(self.members, members)
        titles = np.array(sorted(self.traits.places), dtype=object)
        names = np.array(self.names, dtype=object)
        plays = Plays(names[self.members[rows]], titles[self.titles[rows]], self.worth[rows], self.at[rows])
        return gathered([plays], self.traits, params.half_life_days)

    def split(self, share: float) -> tuple[Game, Game]:
        """Each member's ratings but the last share of them, and those."""
        counts = np.bincount(self.members, minlength=len(self.names))
        first = np.concatenate([[0], np.cumsum(counts)])[:-1]
        late = np.arange(len(self.members)) - first[self.members] >= np.floor(counts * (1 - share))[self.members]
        return self.where(~late), self.where(late)


def read_game(material: Path, report: Path) -> Game:
    """All ratings of the folder; ratings of one second in the order of their titles."""
    folder = material / "oracles" / "movielens"
    traits = trait_table(movie_traits(folder))
    params = HistoryParams()
    ledger = Ledger(report, params.most_bad_share, params.bad_rows, params.most_reported)
    blocks = list(read_histories([folder], params, ledger))
    profiles = np.concatenate([np.asarray(block.profiles, dtype=object) for block in blocks])
    titles = np.concatenate([np.asarray(block.titles, dtype=object) for block in blocks])
    worth, at = (np.concatenate([getattr(block, name) for block in blocks]) for name in ("worth", "at_seconds"))
    members, names = pd.factorize(profiles, sort=True)
    places = np.array([traits.places[title] for title in titles])
    order = np.lexsort((places, at, members))
    return Game(members[order], places[order], worth[order], at[order], list(names), traits)


def halves_agreement(game: Game, params: TasteParams, seed: int) -> tuple[float, int, int]:
    """Adjusted mutual information of what two halves of the members say of all, and how many segments each found."""
    order = np.random.default_rng(seed).permutation(len(game.names))
    whole = game.evidence(params)
    labels, counts = [], []
    for half in np.array_split(order, 2):
        fit, _ = fitted(game.evidence(params, half), game.traits, params)
        probable = fit.probable(fit.measure.placed(whole, game.traits))
        labels.append(probable.argmax(axis=1) if fit.segments else np.zeros(len(probable), int))
        counts.append(len(fit.segments))
    return float(adjusted_mutual_info_score(*labels)), counts[0], counts[1]


@dataclass(frozen=True, slots=True)
class Guesses:
    """Member by member: log loss of the held-out plays, and the share of them among the first `HITS_AT` guesses."""

    population_loss: np.ndarray
    mixture_loss: np.ndarray
    population_hits: np.ndarray
    mixture_hits: np.ndarray


def guesses(past: Game, future: Game, params: TasteParams, smoothing: float) -> tuple[Guesses, Fitted]:
    """What everybody's titles, and what the segments' titles, say of each member's future."""
    evidence = past.evidence(params)
    fit, placed = fitted(evidence, past.traits, params)
    profiles = {one.id: one.taste for one in fit.profiles(placed)}
    played = np.zeros((len(past.names), len(past.traits)), dtype=bool)
    played[past.members, past.titles] = True
    everybody = played.sum(axis=0) + 0.1  # a title that nobody has played yet may be played all the same
    usual = everybody / everybody.sum()
    strongest = fit.probable(placed).argmax(axis=1) if fit.segments else np.zeros(len(evidence.profiles), int)
    label = dict(zip(evidence.profiles, strongest.tolist(), strict=True))
    labels = np.array([label[name] for name in past.names])
    by_segment = []
    for number in range(len(fit.segments)):
        counts = played[labels == number].sum(axis=0)
        by_segment.append((counts + smoothing * usual) / (counts.sum() + smoothing))
    rows = []
    for member in np.unique(future.members).tolist():
        taste = profiles[past.names[member]]
        mixed = taste.population * usual + sum(part * by_segment[one] for one, part in taste.weights.items())
        titles = future.titles[future.members == member]
        told = [_told(guess * ~played[member], titles) for guess in (usual, mixed)]
        rows.append((told[0][0], told[1][0], told[0][1], told[1][1]))
    return Guesses(*np.array(rows).T), fit


def best_smoothing(past: Game, params: TasteParams) -> float:
    """The smoothing that does best on the last part of the past itself."""
    older, newer = past.split(HELD_OUT)
    return min(SMOOTHINGS, key=lambda one: float(guesses(older, newer, params, one)[0].mixture_loss.mean()))


def interval(gains: np.ndarray, seed: int = 0, draws: int = 2_000) -> tuple[float, float]:
    """95 % of the mean, by drawing members anew."""
    generator = np.random.default_rng(seed)
    means = [gains[generator.integers(0, len(gains), len(gains))].mean() for _ in range(draws)]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def _told(guess: np.ndarray, titles: np.ndarray) -> tuple[float, float]:
    guess = guess / guess.sum()
    first = np.argpartition(-guess, HITS_AT)[:HITS_AT]
    return float(-np.log(guess[titles]).mean()), float(np.isin(titles, first).mean())
