"""The rules and how they came about: proposals, votes, laws and standings, with the entry of each step on the log.

Nothing is overwritten but where a proposal stands: laws and standings are kept as they followed each other, so that
what was in force under any version of the rules can be asked for. Dates are business dates, times UTC microseconds.
"""

import datetime
import json
from collections.abc import Callable
from typing import Any, Final

import msgspec

from mufakat.model import event as e
from mufakat.model import ruling as r
from mufakat.model.charter import Standing
from mufakat.model.plain import plain
from mufakat.model.proposal import class_of
from mufakat.projections.dialect import Sql

TABLES: Final = """
CREATE TABLE proposal (
    number INTEGER PRIMARY KEY, member TEXT NOT NULL, kind TEXT NOT NULL, class TEXT NOT NULL, change TEXT NOT NULL,
    text BLOB NOT NULL, opened TEXT NOT NULL, entry INTEGER NOT NULL, at_us INTEGER NOT NULL, status TEXT NOT NULL,
    effect TEXT, votes TEXT NOT NULL, needed INTEGER NOT NULL, reason INTEGER, detail TEXT NOT NULL,
    changed INTEGER NOT NULL
);
CREATE TABLE ballot (
    proposal INTEGER NOT NULL, member TEXT NOT NULL, in_favour INTEGER NOT NULL, height INTEGER NOT NULL,
    entry INTEGER NOT NULL, at_us INTEGER NOT NULL, PRIMARY KEY (proposal, member)
);
CREATE TABLE law (
    version INTEGER NOT NULL, name TEXT NOT NULL, text BLOB NOT NULL, proposal INTEGER NOT NULL,
    votes TEXT NOT NULL, needed INTEGER NOT NULL, since TEXT NOT NULL, entry INTEGER NOT NULL
);
CREATE TABLE standing (
    number INTEGER PRIMARY KEY,
    member TEXT NOT NULL, standing TEXT NOT NULL, since TEXT NOT NULL, entry INTEGER NOT NULL,
    at_us INTEGER NOT NULL, positions TEXT NOT NULL
);
"""

_STANDING: Final = "member, standing, since, entry, at_us, positions"


class Place(msgspec.Struct, frozen=True):
    """Where an event comes from: entry number, log time (UTC microseconds) and business date."""

    entry: int
    at_us: int
    date: str


class ProposalView(msgspec.Struct, frozen=True):
    """A proposal as it stands. `change` is JSON; `entry` proposed it, `changed` last changed its status.

    `votes`: JSON of (member, height) of those in favour when it passed, of which `needed` were enough. `reason` is
    a number of model.refusal.Reason, when it lapsed.
    """

    number: int
    member: str
    kind: str
    rule_class: str
    change: str
    text: bytes
    opened: str
    entry: int
    at_us: int
    status: str
    effect: str | None
    votes: str
    needed: int
    reason: int | None
    detail: str
    changed: int


class BallotView(msgspec.Struct, frozen=True):
    """A vote, the number of its command among those admitted, and its entry on the log."""

    proposal: int
    member: str
    in_favour: bool
    height: int
    entry: int
    at_us: int


class LawView(msgspec.Struct, frozen=True):
    """A rule, in force from version `version` of the rules on; `votes` and `needed` as in ProposalView."""

    version: int
    name: str
    text: bytes
    proposal: int
    votes: str
    needed: int
    since: str
    entry: int


class StandingView(msgspec.Struct, frozen=True):
    """How a member stood from `since` on. `positions`: JSON of (account, balance) with which it left."""

    member: str
    standing: str
    since: str
    entry: int
    at_us: int
    positions: str


def _stands(sql: Sql, at: Place, member: str, standing: Standing, positions: object = ()) -> None:
    row = (member, standing.name.lower(), at.date, at.entry, at.at_us, json.dumps(plain(positions)))
    sql.execute(f"INSERT INTO standing ({_STANDING}) VALUES (?, ?, ?, ?, ?, ?)", row)


def founded(sql: Sql, at: Place, event: e.UnionFounded, union: bytes) -> None:
    """Put the founding members and what they signed in."""
    members = [member.id for member in event.charter.members]
    for member in members:
        _stands(sql, at, member, Standing.ACTIVE)
    votes = json.dumps([[member, 0] for member in members])
    first = datetime.date.min.isoformat()
    row = (1, "charter", union, 0, votes, len(members), first, at.entry)
    sql.execute("INSERT INTO law VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def _proposed(sql: Sql, at: Place, event: r.ChangeProposed) -> None:
    kind, rule_class = type(event.change).__name__, class_of(event.change).name.lower()
    change = json.dumps(plain(event.change))
    sql.execute(
        "INSERT INTO proposal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', NULL, '[]', 0, NULL, '', ?)",
        (
            *(event.proposal, event.member, kind, rule_class, change, event.text, event.date.isoformat()),
            *(at.entry, at.at_us, at.entry),
        ),
    )


def _voted(sql: Sql, at: Place, event: r.VoteCast) -> None:
    row = (event.proposal, event.member, event.in_favour, event.height, at.entry, at.at_us)
    sql.execute("INSERT INTO ballot VALUES (?, ?, ?, ?, ?, ?)", row)


def _moved(sql: Sql, at: Place, proposal: int, status: str) -> None:
    row = (status, at.entry, proposal)
    sql.execute("UPDATE proposal SET status = ?, changed = ? WHERE number = ?", row)


def _passed(sql: Sql, at: Place, event: r.ProposalPassed) -> None:
    _moved(sql, at, event.proposal, "passed")
    row = (event.effect.isoformat(), json.dumps(plain(event.votes)), event.needed, event.proposal)
    sql.execute("UPDATE proposal SET effect = ?, votes = ?, needed = ? WHERE number = ?", row)


def _withdrawn(sql: Sql, at: Place, event: r.ProposalWithdrawn) -> None:
    _moved(sql, at, event.proposal, "withdrawn")


def _expired(sql: Sql, at: Place, event: r.ProposalExpired) -> None:
    _moved(sql, at, event.proposal, "expired")


def _lapsed(sql: Sql, at: Place, event: r.ProposalLapsed) -> None:
    _moved(sql, at, event.proposal, "lapsed")
    row = (int(event.reason), event.detail, event.proposal)
    sql.execute("UPDATE proposal SET reason = ?, detail = ? WHERE number = ?", row)


def _enacted(sql: Sql, at: Place, event: r.ChangeEnacted) -> None:
    _moved(sql, at, event.proposal, "enacted")
    sql.execute(
        "INSERT INTO law SELECT ?, ?, text, number, votes, needed, ?, ? FROM proposal WHERE number = ?",
        (event.version, event.law, event.date.isoformat(), at.entry, event.proposal),
    )


def _switched(sql: Sql, at: Place, event: r.ProtocolAdopted) -> None:
    sql.execute(
        "INSERT INTO law SELECT ?, name, text, proposal, votes, needed, ?, ? FROM law WHERE name = 'protocol'"
        " ORDER BY version DESC LIMIT 1",
        (event.rules, at.date, at.entry),
    )


def _admitted(sql: Sql, at: Place, event: r.MemberAdmitted) -> None:
    _stands(sql, at, event.member.id, Standing.ACTIVE)


def _changed(sql: Sql, at: Place, event: r.StandingChanged) -> None:
    _stands(sql, at, event.member, event.standing)


def _left(sql: Sql, at: Place, event: r.MemberLeft) -> None:
    _stands(sql, at, event.member, Standing.LEFT, event.positions)


# A fold takes the event type of its own row; a literal dictionary cannot say that of each row.
FOLDS: Final[dict[type, Callable[[Sql, Place, Any], None]]] = {
    r.ChangeProposed: _proposed,
    r.VoteCast: _voted,
    r.ProposalPassed: _passed,
    r.ProposalWithdrawn: _withdrawn,
    r.ProposalExpired: _expired,
    r.ProposalLapsed: _lapsed,
    r.ChangeEnacted: _enacted,
    r.ProtocolAdopted: _switched,
    r.MemberAdmitted: _admitted,
    r.StandingChanged: _changed,
    r.MemberLeft: _left,
}


def proposals(sql: Sql, status: str | None = None) -> list[ProposalView]:
    """Return the proposals in order of their numbers, of one status if named."""
    query = "SELECT * FROM proposal WHERE status = coalesce(?1, status) ORDER BY number"
    return [ProposalView(*row) for row in sql.execute(query, (status,))]


def ballots(sql: Sql, proposal: int) -> list[BallotView]:
    """Return the votes on a proposal, in the order in which they were cast."""
    rows = sql.execute("SELECT * FROM ballot WHERE proposal = ? ORDER BY height", (proposal,))
    return [BallotView(number, member, bool(in_favour), *rest) for number, member, in_favour, *rest in rows]


def laws(sql: Sql, version: int | None = None) -> list[LawView]:
    """Return the rules in force under a version of the rules, by name; under the latest when none is named."""
    rows = sql.execute(
        "SELECT * FROM law WHERE (name, version) IN"
        " (SELECT name, max(version) FROM law WHERE version <= coalesce(?1, version) GROUP BY name) ORDER BY name",
        (version,),
    )
    return [LawView(*row) for row in rows]


def history(sql: Sql, law: str) -> list[LawView]:
    """Return all that one rule has been, in order."""
    return [LawView(*row) for row in sql.execute("SELECT * FROM law WHERE name = ? ORDER BY version", (law,))]


def standings(sql: Sql, member: str | None = None) -> list[StandingView]:
    """Return how members stood, in the order in which it changed; of one member if named."""
    query = f"SELECT {_STANDING} FROM standing WHERE member = coalesce(?1, member) ORDER BY number"
    return [StandingView(*row) for row in sql.execute(query, (member,))]
