"""Screeners to compare with: nomenklatura's matchers and rapidfuzz, beside the own, all asked in one way.

rapidfuzz looks through all names. nomenklatura compares two entities and has no index of its own here: it is given
the entries that rapidfuzz ranks first and those that the own index does, for clean names as for disturbed ones, and
always the one that is meant.
"""

import importlib
import itertools
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np

from mufakat.kernels.names import WHOLE
from mufakat.model.listing import Entry, Kind
from mufakat.screening.corroborate import UNAIDED
from mufakat.screening.listing import Listing
from mufakat.screening.screener import Screener

OWN: Final = "own"
_LEAST: Final = 500
"""Scores of the own screener for a clean name that are looked at, per mille: thresholds are higher."""
CANDIDATES: Final = 30
"""Names of each of the two that nomenklatura is given for one that it is asked."""


class Missing(Exception):
    """A screener that is not installed: how to get it."""


class Scorer(NamedTuple):
    """Asks one screener: `score` gives scores by entry for a text; who is given candidates is told who is meant."""

    score: Callable[[str, Entry | None], dict[int, float]]
    key: Callable[[Entry], int]


def own(listings: list[Listing]) -> Scorer:
    """Ask the own screener; a weak alias counts as it does when nothing corroborates it."""
    screener = Screener(listings)
    key = _keys(listings)

    def score(text: str, meant: Entry | None) -> dict[int, float]:
        found: dict[int, float] = {}
        for (entry, weak), fit in screener.fits(text, _LEAST if meant is None else 0).items():
            value = fit.score * UNAIDED / WHOLE if weak else fit.score
            found[entry] = max(found.get(entry, 0.0), value / WHOLE)
        return found

    return Scorer(score, key)


def rapidfuzz(listings: list[Listing]) -> Scorer:
    """Ask rapidfuzz's token_sort_ratio, of names in lower case without signs."""
    search, key, names = _by_token_sort(listings), _keys(listings), _strong(listings)

    def score(text: str, _meant: Entry | None) -> dict[int, float]:
        values = search(text)
        found: dict[int, float] = {}
        for place in np.argsort(values)[-CANDIDATES:].tolist() if _meant is None else range(len(names)):
            entry = names[place][0]
            found[entry] = max(found.get(entry, 0.0), float(values[place]) / 100)
        return found

    return Scorer(score, key)


def _by_token_sort(listings: list[Listing]) -> Callable[[str], Any]:
    try:
        process: Any = importlib.import_module("rapidfuzz.process")
        fuzz: Any = importlib.import_module("rapidfuzz.fuzz")
        utils: Any = importlib.import_module("rapidfuzz.utils")
    except ImportError:
        raise Missing("rapidfuzz is not installed. pip install rapidfuzz") from None
    texts = [utils.default_process(text) for _, text, _ in _strong(listings)]

    def search(text: str) -> Any:
        asked = [utils.default_process(text)]
        return process.cdist(asked, texts, scorer=fuzz.token_sort_ratio, workers=1)[0]

    return search


def _nomenklatura(name: str) -> Callable[[list[Listing]], Scorer]:
    def make(listings: list[Listing]) -> Scorer:
        try:
            matching: Any = importlib.import_module("nomenklatura.matching")
            model: Any = importlib.import_module("followthemoney").model
        except ImportError:
            raise Missing("nomenklatura is not installed. pip install nomenklatura") from None
        algorithm = matching.get_algorithm(name)
        config, search = algorithm.default_config(), _by_token_sort(listings)
        names, key, screener = _strong(listings), _keys(listings), Screener(listings)
        entries = [entry for listing in listings for entry in listing.entries]

        def made(id_: str, schema: str, texts: list[str]) -> Any:
            return model.get_proxy({"id": id_, "schema": schema, "properties": {"name": texts}})

        def listed(number: int) -> Any:
            entry = entries[number]
            return made(
                f"e{number}", _SCHEMA[entry.kind], [each.text for each in entry.names if not each.weak]
            )

        kept: dict[int, Any] = {}
        number_of = itertools.count()  # what is known of an entity is kept by its id: each query has its own

        def score(text: str, meant: Entry | None) -> dict[int, float]:
            places = np.argsort(search(text))[-CANDIDATES:].tolist()
            chosen = {names[place][0] for place in places}
            own_fits = sorted(screener.fits(text, 0).items(), key=lambda each: -each[1].score)
            chosen |= {entry for (entry, _), _ in own_fits[:CANDIDATES]}
            if meant is not None:
                chosen.add(key(meant))
            found = {}
            this = next(number_of)
            for number in sorted(chosen):
                other = kept.get(number) or kept.setdefault(number, listed(number))
                asked = made(f"q{this}{entries[number].kind.value}", _SCHEMA[entries[number].kind], [text])
                found[number] = float(algorithm.compare(asked, other, config).score)
            return found

        return Scorer(score, key)

    return make


_SCHEMA: Final = {
    Kind.PERSON: "Person",
    Kind.ENTITY: "Organization",
    Kind.VESSEL: "Vessel",
    Kind.AIRCRAFT: "Airplane",
    Kind.UNKNOWN: "LegalEntity",
}
PEERS: Final[dict[str, Callable[[list[Listing]], Scorer]]] = {
    "nomenklatura logic-v2": _nomenklatura("logic-v2"),
    "nomenklatura logic-v1": _nomenklatura("logic-v1"),
    "rapidfuzz token sort": rapidfuzz,
}


def _strong(listings: list[Listing]) -> list[tuple[int, str, Entry]]:
    """Return number of the entry, text and entry of each name that is not weak."""
    entries = [entry for listing in listings for entry in listing.entries]
    return [
        (number, each.text, entry)
        for number, entry in enumerate(entries)
        for each in entry.names
        if not each.weak
    ]


def _keys(listings: list[Listing]) -> Callable[[Entry], int]:
    """Return what gives the number of an entry, by what a list holds of it beside its names."""
    numbers = {
        (entry.id, entry.reference, entry.name, entry.programme): number
        for number, entry in enumerate(entry for listing in listings for entry in listing.entries)
    }
    return lambda entry: numbers[entry.id, entry.reference, entry.name, entry.programme]
