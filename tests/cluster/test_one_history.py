"""Four nodes and the embedded engine: one history, whatever falls meanwhile."""

import datetime
import random

import pytest

from mufakat.audit.replay import verify
from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.simulation.consortium import embedded_root
from tests.cluster.consortium import EACH_PART
from tests.cluster.payer import Payer, Payers, assert_on_the_log_once
from tests.strategies import each_once, say
from tests.union import A1, A2, B1, B2, TUESDAY, settle

FRIDAY = 4


def play(union):
    """A day in which everything happens; where two members speak for all in a smaller union, three do here."""
    for step in each_once():
        match step:
            case ("cycle",):
                union.cycle()
            case ("night",):
                today = union.state.day.date
                tomorrow = today + datetime.timedelta(3 if today.weekday() == FRIDAY else 1)
                for phase, date in (
                    *((Phase.CUT_OFF, today), (Phase.CLOSED, today)),
                    (Phase.OPEN, tomorrow),
                ):
                    for member in union.quorum():
                        union.tell(member, c.DeclarePhase(date, phase))
            case ("clock", _):
                pass  # the nodes' own clock goes on
            case _:
                say(union, step)
    cycles, nights = (list(each_once()).count((name,)) for name in ("cycle", "night"))
    assert union.state.cycle == cycles
    assert (union.state.day.date - TUESDAY).days >= nights


def test_four_nodes_and_the_embedded_engine_come_to_one_root_by_the_same_outcomes(found, tmp_path):
    with found() as consortium:
        with consortium.voice() as union:
            settle(union, 200)
            play(union)
            root, told = union.state.root(), len(union.log)
            assert embedded_root(tmp_path / "e", union.node.log(), lambda _: None) == root
        head = consortium.level()
        assert head.state_root == root.hex()
        entries, batches = consortium.one_history()
        assert len(entries) == told + 1
        assert len({each.block for each in batches}) == len(batches) > 100
        assert verify(tmp_path / "e" / "journal.db").state_root == root


def kill_under_load(consortium, kills):
    """Kill parts of a node while banks pay through it and through others; returns the banks."""
    hit = Payer(consortium, "QP", A2, B2)
    others = Payer(consortium, "QM", A1, B1), Payer(consortium, "QN", B1, A1)
    with Payers(hit, *others) as payers:
        for parts in kills:
            consortium.kill("QP", **parts)
            for payer in others:
                payer.pays_more()  # the others go on
            consortium.revive()
            hit.pays_more(1)  # and so does who pays through the one that fell
    return payers


def test_a_node_killed_under_load_comes_back_and_nothing_acknowledged_is_lost_or_done_twice(found):
    with found() as consortium:
        consortium.settle()
        payers = kill_under_load(consortium, EACH_PART)
        entries, _ = consortium.one_history()
        assert_on_the_log_once(entries, payers)


@pytest.mark.long
def test_a_node_killed_thirty_times_under_load_comes_back_each_time(found):
    chance = random.Random(30)
    with found() as consortium:
        consortium.settle()
        payers = kill_under_load(consortium, [chance.choice(EACH_PART) for _ in range(30)])
        entries, _ = consortium.one_history()
        assert_on_the_log_once(entries, payers)
