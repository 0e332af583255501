"""A second way to the certificates comes to the same figures, and names the one that differs."""

import msgspec
import pytest

from mufakat.audit import cycle as audit
from mufakat.audit.cycle import Books, Holding, Posting
from mufakat.model.certificate import CycleItem, Kind, Total, Why, figures

A, B, C = "BK01QMA1XXX", "BK02QMA1XXX", "BK01QNA1XXX"
ITEMS = (
    CycleItem(Kind.PAYMENT, "uetr-1", A, C, "IDR", 0, 100, 0, Why.NONE),
    CycleItem(Kind.PAYMENT, "uetr-2", C, A, "IDR", 0, 30, 0, Why.NONE),
    CycleItem(Kind.OBLIGATION, "inv-1", A, B, "IDR", 40, 60, 0, Why.NONE),
    CycleItem(Kind.OBLIGATION, "inv-2", B, A, "IDR", 40, 0, 900, Why.SHORT),
    CycleItem(Kind.OBLIGATION, "inv-3", A, A, "IDR", 0, 0, 7, Why.HELD_BACK),
    CycleItem(Kind.OBLIGATION, "inv-4", A, C, "VND", 0, 0, 8, Why.CLOSED),
)
POSTINGS = (
    Posting(A, "IDR", "swing repaid", -5, "swing/QM/IDR"),
    Posting(A, "IDR", "swing drawn", 20, "swing/QM/IDR"),
    Posting(A, "IDR", "cycle", -130, "the union"),
    Posting(B, "IDR", "cycle", 60, "the union"),
    Posting(C, "IDR", "cycle", 70, "the union"),
)
BOOKS = Books(3, "2026-11-24", ITEMS, POSTINGS, {A: "QM", B: "QM", C: "QN"}, {"IDR": "QM", "VND": "QN"})
LEAVES = {(leaf.holder, leaf.currency): leaf for leaf in audit.recomputed(BOOKS)}


def held(holder: str, currency: str = "IDR") -> Holding:
    own = {"QM": (A, B), "QN": (C,)}.get(holder, (holder,))
    items = [each for each in ITEMS if each.currency == currency]
    return Holding(
        [each for each in items if each.payer in own], [each for each in items if each.payee in own]
    )


def test_each_holder_has_its_figures_in_the_order_of_the_tree():
    assert list(LEAVES) == sorted(LEAVES)
    assert set(LEAVES) == {(A, "IDR"), (B, "IDR"), (C, "IDR"), ("QM", "IDR"), ("QN", "IDR")} | {
        (A, "VND"), (C, "VND"), ("QM", "VND"), ("QN", "VND")
    }  # fmt: skip
    leaf = LEAVES[A, "IDR"]
    assert leaf.pays.gross == Total(3, 207)
    assert (leaf.pays.set_off, leaf.pays.payments, leaf.pays.obligations) == (
        Total(1, 40),
        Total(1, 100),
        Total(1, 60),
    )
    assert (leaf.pays.held_back, leaf.receives.short) == (Total(1, 7), Total(1, 900))
    assert (leaf.paid, leaf.received, leaf.position, leaf.drawn, leaf.repaid) == (130, 0, -130, 20, 5)
    assert leaf.saved == 40 + 160 - 130
    assert LEAVES[A, "VND"].pays.closed == Total(1, 8)


def test_a_member_has_the_sum_of_its_banks_and_the_issuer_what_it_lent():
    leaf = LEAVES["QM", "IDR"]
    assert (leaf.paid, leaf.received, leaf.account, leaf.pays.gross) == (130, 60, "", Total(4, 1147))
    assert (leaf.drawn, leaf.repaid, leaf.lent, leaf.given_back) == (20, 5, 20, 5)
    assert LEAVES["QN", "IDR"].lent == 0


def test_what_a_sponsor_advances_of_its_own_holdings_is_lent_by_no_issuer():
    own = [
        Posting(C, "IDR", "swing repaid", -2, "reserve/QN/IDR"),
        Posting(C, "IDR", "swing drawn", 9, "reserve/QN/IDR"),
        Posting(C, "VND", "swing drawn", 3, "reserve/QN/VND"),
    ]
    leaves = {
        (leaf.holder, leaf.currency): leaf
        for leaf in audit.recomputed(BOOKS._replace(items=(), postings=own))
    }
    assert set(leaves) == {(C, "IDR"), ("QN", "IDR"), (C, "VND"), ("QN", "VND")}
    leaf = leaves["QN", "IDR"]
    assert (leaf.drawn, leaf.repaid, leaf.lent, leaf.given_back) == (9, 2, 0, 0)
    assert (leaves["QN", "VND"].drawn, leaves["QN", "VND"].lent) == (3, 0)


@pytest.mark.parametrize("holder", [A, B, C, "QM", "QN"])
def test_own_items_come_to_the_certificate(holder):
    assert audit.differences(LEAVES[holder, "IDR"], held(holder)) == []


@pytest.mark.parametrize("holder", [A, "QM"])
@pytest.mark.parametrize("field", ["set_off", "netted", "left_out", "why", "id", "kind"])
def test_each_change_of_an_item_is_named_by_figure(holder, field):
    own = held(holder)
    for side in (0, 1):
        first, *rest = own[side]
        new = {
            "why": Why.CLOSED if first.why is not Why.CLOSED else Why.SHORT,
            "id": "another",
            "kind": Kind(1 - first.kind),
        }
        value = new.get(field, getattr(first, field) + 1 if isinstance(getattr(first, field), int) else None)
        changed = list(own)
        changed[side] = [msgspec.structs.replace(first, **{field: value}), *rest]
        found = audit.differences(LEAVES[holder, "IDR"], Holding(*changed))
        assert any(each.startswith("items: ") for each in found)
        if field in {"set_off", "netted", "left_out"}:
            assert any(
                each.startswith(("pays." if side == 0 else "receives.") + "gross.amount: ") for each in found
            )


def test_a_missing_item_and_one_too_many_are_named():
    own = held(A)
    fewer = audit.differences(LEAVES[A, "IDR"], Holding(own.pays[1:], own.receives))
    assert fewer[0] == "pays.gross.items: the certificate says 3, the items come to 2"
    more = audit.differences(LEAVES[A, "IDR"], Holding([*own.pays, own.pays[0]], own.receives))
    assert more[0] == "pays.gross.items: the certificate says 3, the items come to 4"


def test_an_item_of_another_bank_of_the_member_does_not_pass_for_its_own():
    own = held("QM")
    first, *rest = own.pays
    swapped = Holding([msgspec.structs.replace(first, payer=B), *rest], own.receives)
    (only,) = audit.differences(LEAVES["QM", "IDR"], swapped)
    assert only.startswith("items: ")


def test_the_root_is_that_of_all_leaves_in_their_order():
    leaves = list(LEAVES.values())
    root = audit.root_of(3, leaves)
    assert root != audit.root_of(4, leaves) != audit.root_of(3, leaves[1:])
    assert audit.root_of(3, leaves[::-1]) != root
    assert dict(figures(leaves[0]))["holder"] == A
