"""A node that lost everything: its peers give it back, and cannot give it anything else."""

import shutil

import pytest

from mufakat.node import rebuilding
from mufakat.node.home import Home
from tests.cluster.consortium import wait
from tests.cluster.payer import Payer, Payers, assert_on_the_log_once
from tests.union import A1, A2, B1

LIES = ("history altered", "history shortened", "state altered", "state made up")


def wipe(consortium, name):
    """Stop a node, delete all that it had, and set it up again from genesis, keys and peers."""
    consortium.fleet.stop(name)
    shutil.rmtree(consortium.fleet.homes[name].folder)
    home = consortium.install(name)
    peers = [("127.0.0.1", rpc) for other, (_, rpc) in consortium.ports.items() if other != name]
    rebuilding.prepare(home, consortium.genesis.charter, peers)


def test_a_member_wiped_to_nothing_is_rebuilt_by_its_peers_to_the_same_root(found):
    with found(snapshot_every=5) as consortium:
        consortium.settle()
        with Payers(Payer(consortium, "QM", A1, A2)) as payers:
            payers[0].pays_more(50)
            wipe(consortium, "QP")
            consortium.start("QP")
            wait(lambda: consortium.status("QP").entries > 20, "history and state have come")
        consortium.level()
        began = int(consortium.rpc("QP", "status")["sync_info"]["earliest_block_height"])
        assert began > 5, "the engine of the node did not replay the chain from its beginning"
        with Payers(Payer(consortium, "QP", B1, A1)) as more:
            more[0].pays_more()  # and its own bank goes on through it
        log, _ = consortium.one_history()
        assert_on_the_log_once(log, (*payers, *more))


def refusals(home: Home) -> int:
    log = home.folder / "engine.log"
    return log.read_text(encoding="utf-8").count("Snapshot rejected") if log.exists() else 0


def test_a_node_is_not_rebuilt_with_a_lie_and_goes_on_to_who_tells_the_truth(found):
    with found() as consortium:
        liar, home = consortium.fleet.homes["QN"], consortium.fleet.homes["QP"]
        consortium.take_snapshots("QN", every=3)  # at first nobody else has one
        (liar.folder / "lie").write_text(LIES[0])
        consortium.restart("QN", "alters_snapshots")
        consortium.settle()
        with Payers(Payer(consortium, "QM", A1, A2)) as payers:
            wipe(consortium, "QP")
            for lie in LIES:
                (liar.folder / "lie").write_text(lie)
                before = refusals(home)
                consortium.start("QP")
                wait(lambda before=before: refusals(home) > before, f"{lie}: the snapshot is refused")
                assert not home.journal.exists(), lie
                assert consortium.status("QP").entries == 0, lie
                consortium.fleet.stop("QP")
            for name in ("QM", "QO"):
                consortium.take_snapshots(name, every=3)
                consortium.restart(name)
                consortium.level("QM", "QO")
            consortium.start("QP")
            wait(lambda: consortium.status("QP").entries > 20, "the truth has come")
        consortium.level()
        log, _ = consortium.one_history()
        assert_on_the_log_once(log, payers)
