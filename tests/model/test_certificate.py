"""The bytes of a certificate are text that anybody can write and hash with other tools."""

import hashlib
import subprocess

import msgspec
import pytest

from mufakat.model.certificate import (
    CycleItem,
    Kind,
    Leaf,
    Side,
    Total,
    Why,
    banks_digest,
    cycle_root,
    figures,
    item_line,
    items_digest,
    leaf_bytes,
)

NONE = Total(0, 0)
SIDE = Side(Total(1, 70), Total(1, 70), NONE, NONE, NONE, NONE, NONE)
PLACE = ("BK01QMA1XXX", "IDR", "QM", "settlement/BK01QMA1XXX/IDR")
LEAF = Leaf(1, "2026-11-24", *PLACE, SIDE, SIDE, 0, 0, 0, 0, 0, 0, 0, 70, "ab")
ITEM = CycleItem(Kind.OBLIGATION, "9845/INV 1", "BK01QMA1XXX", "BK02QMA1XXX", "IDR", 70, 0, 5, Why.SHORT)


def test_a_leaf_is_a_line_for_each_figure_in_order():
    lines = leaf_bytes(LEAF).decode().splitlines()
    assert lines[0] == "mufakat/cycle-leaf/v1"
    assert lines[1:9] == [
        "cycle\t1",
        "date\t2026-11-24",
        "holder\tBK01QMA1XXX",
        "currency\tIDR",
        "issuer\tQM",
        "account\tsettlement/BK01QMA1XXX/IDR",
        "pays.gross.items\t1",
        "pays.gross.amount\t70",
    ]
    assert lines[-1] == "items\tab"
    assert len(lines) == 1 + 6 + 2 * 14 + 9


def test_sums_of_any_size_have_bytes():
    huge = msgspec.structs.replace(LEAF, saved=2**90)
    assert f"saved\t{2**90}\n".encode() in leaf_bytes(huge)


@pytest.mark.parametrize("name", [name for name, _ in figures(LEAF)])
def test_each_figure_is_in_the_bytes(name):
    path = name.split(".")

    def changed(part, names):
        value = getattr(part, names[0])
        new = changed(value, names[1:]) if names[1:] else value + ("1" if isinstance(value, str) else 1)
        return msgspec.structs.replace(part, **{names[0]: new})

    assert leaf_bytes(changed(LEAF, path)) != leaf_bytes(LEAF)


def test_a_digest_of_items_can_be_made_with_sort_and_sha256sum():
    lines = [item_line(ITEM, pays=True), item_line(ITEM, pays=False)]
    assert lines[0] == "pays\tobligation\t9845/INV 1\t70\t0\t5\tshort\n"
    ordered = subprocess.run(
        ["sort"], input="".join(lines), env={"LC_ALL": "C"}, capture_output=True, text=True, check=True
    ).stdout
    text = "mufakat/cycle-items/v1\n" + ordered
    said = subprocess.run(["sha256sum"], input=text, capture_output=True, text=True, check=True).stdout
    assert items_digest(lines) == items_digest(reversed(lines)) == said.split()[0]


def test_the_digest_of_a_member_is_over_those_of_its_banks():
    text = "mufakat/cycle-banks/v1\nA\t01\nB\t02\n"
    assert banks_digest([("B", "02"), ("A", "01")]) == hashlib.sha256(text.encode()).hexdigest()


def test_the_root_binds_cycle_tree_and_number_of_leaves():
    roots = {cycle_root(1, 2, bytes(32)), cycle_root(2, 1, bytes(32)), cycle_root(1, 2, b"1" * 32)}
    assert len(roots) == 3 and all(len(root) == 32 for root in roots)
