"""What a union's operator reads on the terminal."""

import pytest
from rich.console import Console

from mufakat.console.consortium import evidence, histories, partings, statuses
from mufakat.node.status import NodeStatus


def node(member, **change):
    fields = {
        "block": 1_234,
        "block_age_seconds": 2_345,
        "entries": 5_678,
        "shown": 5_678,
        "state_root": "ab" * 32,
        "tree_root": "cd" * 32,
        "peers": ("QN", "QO"),
        "validators": ("QM", "QN"),
    }
    return NodeStatus(member, up=True, **{**fields, **change})


def shown(table):
    console = Console(width=160, record=True, file=None, quiet=False)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_each_node_has_its_row():
    text = shown(statuses([node("QM"), NodeStatus("QN", up=False, problem="the engine does not answer")]))
    first, second = (
        next(line for line in text.splitlines() if member in line[:6]) for member in ("QM", "QN")
    )
    for each in ("up", "1,234", "2,345 s", "5,678", "abababababababab…", "QN, QO", "QM, QN"):
        assert each in first
    assert "down" in second and " s " not in second


def test_a_node_whose_views_are_behind_says_by_how_much():
    assert "5,678, 1,678 not yet shown" in shown(statuses([node("QM", shown=4_000)]))
    assert "not yet shown" not in shown(statuses([node("QM")]))
    late = node("QM", shown=5_000, behind_payments=12_345, behind_seconds=1_007)
    assert "5,678, 678 not yet shown, 12,345 payments, 1,007 s" in shown(statuses([late]))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({}, "up"),
        ({"catching_up": True}, "catching up"),
        ({"problem": "it parted"}, "stopped"),
    ],
)
def test_the_condition_of_a_node_is_one_word(change, word):
    assert word in shown(statuses([node("QM", **change)]))


def test_histories_are_shown_with_their_whole_root():
    class Row:
        where, entries, batches, state_root = "embedded", 12_345, 67, "ef" * 32

    text = shown(histories([Row()]))
    assert "ef" * 32 in text and "12,345" in text and "embedded" in text


def test_evidence_is_a_sentence_with_who_and_where():
    seen = (
        {
            "kind": "double signing",
            "height": 7,
            "validator": "AA",
            "member": "QO",
            "what": "evidence in block 8",
        },
        {"kind": "proposal refused", "height": 9, "proposer": "BB", "what": "command 0: MALFORMED"},
    )
    assert list(evidence([node("QM", evidence=seen), node("QN")])) == [
        "QM saw QO: double signing at block 7 (evidence in block 8)",
        "QM saw BB: proposal refused at block 9 (command 0: MALFORMED)",
    ]


def test_histories_of_one_length_that_differ_are_told():
    others = [node("QM"), node("QN"), node("QO", state_root="99" * 32)]
    (told,) = partings(others)
    assert (
        told == "histories differ after 5,678 entries: QM, QN at abababababababab… / QO at 9999999999999999…"
    )
    assert partings([node("QM"), node("QN", tree_root="99" * 32)])


def test_a_node_that_is_behind_or_down_does_not_differ():
    behind = node("QN", entries=5_000, state_root="99" * 32)
    assert partings([node("QM"), behind, NodeStatus("QO", up=False), NodeStatus("QP", up=False)]) == []
