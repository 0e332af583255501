"""How lists come into force: what comes binds at once, and nobody alone lets anything go from the union's."""

import datetime

import msgspec
import pytest

from mufakat.core import listing
from mufakat.model.calendar import Phase
from mufakat.model.charter import Compliance
from mufakat.model.command import DeclarePhase
from mufakat.model.listing import BringList, digest_of, version_of
from mufakat.model.outcome import Status
from mufakat.model.refusal import Reason
from tests.strategies import POOL, world
from tests.union import A1, TUESDAY, Union

SOMEBODY, A_BANK, A_FIRM, A_SHIP, CHANGED, A_THIRD, _ = POOL


def bring(union, member, *entries, gone=(), name="un", dated=TUESDAY, **change):
    held = union.state.listings.get(name)
    fields = {"list": name, "dated": dated, "base": held.version if held else b"", "entries": entries}
    fields["gone"] = tuple(each if isinstance(each, tuple) else (each.id, digest_of(each)) for each in gone)
    return union.tell(member, BringList(**{**fields, **change}))


def in_force(union, name="un"):
    return {each.id for each in union.state.listed.records() if each.list == name and not each.gone}


def refusal(outcome):
    return None if outcome.refusal is None else outcome.refusal.reason


def test_what_comes_is_in_force_at_once_under_a_version_of_its_content():
    union = world()
    assert bring(union, "QN", SOMEBODY, A_SHIP).status is Status.DONE
    held = union.state.listings["un"]
    assert held.version == version_of([(each.id, digest_of(each)) for each in (SOMEBODY, A_SHIP)])
    assert (held.member, held.entries, held.dated) == ("QN", 2, TUESDAY)
    assert union.state.listed_numbers["imo/9319466"].entries == (f"un/E3/{digest_of(A_SHIP).hex()}",)


def test_what_goes_from_the_unions_list_goes_by_two_members_word():
    union = world()
    bring(union, "QM", SOMEBODY, A_THIRD)
    bring(union, "QM", gone=(SOMEBODY,))
    assert in_force(union) == {"E0", "E5"}
    assert refusal(bring(union, "QM", gone=(SOMEBODY,))) is Reason.ALREADY_SO
    bring(union, "QO", gone=(SOMEBODY,))
    assert in_force(union) == {"E5"}
    assert refusal(bring(union, "QO", gone=(SOMEBODY,))) is Reason.UNKNOWN_ENTRY


def test_an_entry_that_changed_stands_beside_the_old_one_until_that_goes():
    union = world()
    bring(union, "QM", SOMEBODY, A_THIRD)
    bring(union, "QN", CHANGED, gone=(SOMEBODY,))
    assert union.state.listings["un"].entries == 3
    bring(union, "QO", gone=(SOMEBODY,))
    kept = [each.digest for each in union.state.listed.records() if not each.gone and each.id == "E0"]
    assert kept == [digest_of(CHANGED)]


def test_what_is_said_again_stays():
    union = world()
    bring(union, "QM", SOMEBODY, A_THIRD)
    bring(union, "QM", gone=(SOMEBODY,))
    bring(union, "QN", SOMEBODY)
    listed = union.state.listed[f"un/E0/{digest_of(SOMEBODY).hex()}"]
    assert (listed.leaving, listed.said) == (None, ("QM", "QN"))


def test_a_members_own_list_is_its_own_affair_until_half_of_it_goes():
    union = world()
    own = {"name": "QM/own"}
    bring(union, "QM", SOMEBODY, A_BANK, A_THIRD, **own)
    bring(union, "QM", gone=(SOMEBODY,), **own)
    assert in_force(union, "QM/own") == {"E1", "E5"}
    bring(union, "QM", gone=(A_BANK,), **own)
    assert in_force(union, "QM/own") == {"E1", "E5"}, "half of it waits for another member's word"
    assert refusal(bring(union, "QN", A_SHIP, **own)) is Reason.NOT_OWN_AFFAIR
    bring(union, "QN", gone=(A_BANK,), **own)
    assert in_force(union, "QM/own") == {"E5"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"dated": TUESDAY - datetime.timedelta(1), "gone": (("E0", digest_of(SOMEBODY)),)},
            Reason.LIST_OUTDATED,
        ),
        ({"dated": TUESDAY + datetime.timedelta(2)}, Reason.LIST_INVALID),
        ({"base": bytes(32), "gone": (("E0", digest_of(SOMEBODY)),)}, Reason.LIST_CHANGED),
        ({"list": "eu"}, Reason.LIST_INVALID),
        ({"list": "QM/Own", "base": b""}, Reason.LIST_INVALID),
        ({"list": "QN/own", "base": b""}, Reason.NOT_OWN_AFFAIR),
        ({"entries": (A_SHIP, A_SHIP)}, Reason.LIST_INVALID),
        ({"entries": (msgspec.structs.replace(A_SHIP, id=""),)}, Reason.LIST_INVALID),
        ({"entries": (msgspec.structs.replace(A_SHIP, id="a\0b"),)}, Reason.LIST_INVALID),
        ({"entries": (msgspec.structs.replace(A_SHIP, names=()),)}, Reason.LIST_INVALID),
        ({"gone": (("E3", digest_of(A_SHIP)),)}, Reason.UNKNOWN_ENTRY),
        ({"gone": (("E0", digest_of(SOMEBODY)),), "entries": (SOMEBODY,)}, Reason.UNKNOWN_ENTRY),
        ({"gone": (("E0", digest_of(SOMEBODY)),) * 2}, Reason.LIST_INVALID),
        ({"entries": ()}, Reason.ALREADY_SO),
    ],
)
def test_what_cannot_be_brought(change, reason):
    union = world()
    bring(union, "QM", SOMEBODY)
    root = union.state.listings.root(), union.state.listed.root()
    entries = change.pop("entries", (A_SHIP,))
    assert refusal(bring(union, "QM", *entries, **{"dated": TUESDAY, **change})) is reason
    assert (union.state.listings.root(), union.state.listed.root()) == root


def test_a_list_begins_with_entries_and_only_a_member_brings_one():
    union = world()
    assert refusal(bring(union, "QM")) is Reason.LIST_INVALID
    assert refusal(bring(union, A1, SOMEBODY)) is Reason.NOT_OWN_AFFAIR


def test_no_day_opens_without_the_unions_list_where_the_charter_needs_it():
    union = Union(compliance=Compliance(list_needed=1))
    assert refusal(union.tell("QM", DeclarePhase(TUESDAY, Phase.OPEN))) is Reason.LIST_MISSING
    bring(union, "QO", SOMEBODY)
    union.open_day()
    assert union.state.day.phase is Phase.OPEN


def test_a_stranger_changes_nothing_of_anothers_list_but_what_it_confirms():
    union = world()
    own = {"name": "QM/own"}
    bring(union, "QM", SOMEBODY, A_BANK, **own)
    later = TUESDAY + datetime.timedelta(1)
    assert refusal(bring(union, "QN", dated=later, **own)) is Reason.NOT_OWN_AFFAIR
    assert refusal(bring(union, "QN", **own)) is Reason.ALREADY_SO
    bring(union, "QM", gone=(SOMEBODY,), **own)
    bring(union, "QN", gone=(SOMEBODY,), **own)
    assert union.state.listings["QM/own"].member == "QM"


def test_what_is_repeated_takes_back_that_it_goes():
    union = world()
    for member in ("QM", "QN"):
        bring(union, member, SOMEBODY, A_THIRD)
    bring(union, "QO", gone=(SOMEBODY,))
    bring(union, "QM", SOMEBODY)
    bring(union, "QN", gone=(SOMEBODY,))
    assert in_force(union) == {"E0", "E5"}, "the second word is a first one again"


def test_one_member_alone_does_not_fill_the_unions_list(monkeypatch):
    monkeypatch.setattr(listing, "MOST_ENTRIES", 6)
    union = world()
    assert bring(union, "QM", SOMEBODY, A_SHIP).refusal is None
    assert refusal(bring(union, "QM", A_THIRD)) is Reason.LIST_INVALID
    assert bring(union, "QN", A_THIRD).refusal is None


def test_so_many_entries_of_a_number_and_lists_of_a_member_and_no_more(monkeypatch):
    monkeypatch.setattr(listing, "MOST_OF_A_NUMBER", 2)
    monkeypatch.setattr(listing, "MOST_LISTS", 1)
    union = world()
    ships = [msgspec.structs.replace(A_SHIP, id=f"S{number}") for number in range(3)]
    assert refusal(bring(union, "QM", *ships)) is Reason.LIST_INVALID
    assert bring(union, "QM", *ships[:2]).refusal is None
    assert refusal(bring(union, "QN", ships[2])) is Reason.LIST_INVALID
    assert bring(union, "QN", ships[2], name="QN/own").refusal is None
    assert refusal(bring(union, "QN", SOMEBODY, name="QN/other")) is Reason.LIST_INVALID


def test_what_comes_is_kept_out_by_no_date_and_no_version():
    union = world()
    bring(union, "QM", SOMEBODY)
    bring(union, "QN", dated=TUESDAY + datetime.timedelta(1))
    assert union.state.listings["un"].dated == TUESDAY + datetime.timedelta(1)
    assert bring(union, "QO", A_SHIP, base=bytes(32)).refusal is None
    assert union.state.listings["un"].dated == TUESDAY + datetime.timedelta(1)
    assert refusal(bring(union, "QM", dated=TUESDAY)) is Reason.ALREADY_SO
