"""Pairs of names that others labelled as one party or two: how well a screener tells the two kinds apart."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from mufakat.cli.screeners import Scorer
from mufakat.model.listing import Alias, Entry, Kind
from mufakat.screening.entry import ListFaulty
from mufakat.screening.listing import Listing, listing

_KINDS: Final = {"Person": Kind.PERSON, "Vessel": Kind.VESSEL}


class Pair(NamedTuple):
    """A name that is asked, the entry whose only name is the other one, and whether both are of one party."""

    asked: str
    entry: Entry
    same: bool


def read_pairs(path: Path) -> tuple[list[Pair], Listing]:
    """Read `nk_name_bench_cases.csv`; return its pairs, and a list of the second names, each once.

    Raises ListFaulty when a column is missing, and OSError.
    """
    entries: dict[tuple[str, Kind], Entry] = {}
    pairs = []
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        for needed in ("schema", "name1", "name2", "is_match"):
            if needed not in (reader.fieldnames or ()):
                raise ListFaulty(f"{path}:1: there is no column {needed!r}. Give the file of labelled pairs")
        for row in reader:
            key = row["name2"], _KINDS.get(row["schema"], Kind.ENTITY)
            made = Entry(id=f"{len(entries)}", kind=key[1], names=(Alias(row["name2"]),))
            pairs.append(Pair(row["name1"], entries.setdefault(key, made), row["is_match"] == "true"))
    return pairs, listing("labelled pairs", None, list(entries.values()))


def told_apart(pairs: Sequence[Pair], scorer: Scorer) -> float:
    """Return how often a pair of one party scores above a pair of two, ties half: the area under the ROC curve."""
    scores = np.array(
        [scorer.score(each.asked, each.entry).get(scorer.key(each.entry), 0.0) for each in pairs]
    )
    same = np.array([each.same for each in pairs])
    above = np.sign(scores[same][:, None] - scores[~same][None, :])
    return round(float((above.mean() + 1) / 2), 3)
