"""A node that lost everything: its peers give it back, and cannot give it anything else."""

import shutil

from mufakat.node import rebuilding
from mufakat.node.home import Home
from tests.cluster.consortium import wait
from tests.union import A1, A2, B1

LIES = ("history altered", "history shortened", "state altered", "state made up")


def wipe(consortium, name):
    """Stop a node, delete all that it had, and set it up again from genesis, keys and peers."""
    consortium.fleet.stop(name)
    shutil.rmtree(consortium.fleet.homes[name].folder)
    home = consortium.install(name)
    peers = [("127.0.0.1", rpc) for other, (_, rpc) in consortium.ports.items() if other != name]
    rebuilding.prepare(home, consortium.genesis.charter, peers)


def pay(consortium, name="QM", times=1, debtor=A1, creditor=A2):
    """Pay through a node; each payment is a block of its own."""
    with consortium.voice(name) as union:
        for _ in range(times):
            union.transfer(debtor, creditor)


def test_a_member_wiped_to_nothing_is_rebuilt_by_its_peers_to_the_same_root(found):
    with found(snapshot_every=5) as consortium:
        consortium.settle()
        pay(consortium, times=2)  # a snapshot can be checked once there are two blocks after it
        consortium.level()  # the node that has the snapshot may be a block behind the one that paid
        wipe(consortium, "QP")
        consortium.start("QP")
        level = consortium.level()
        assert level.entries == consortium.status("QM").entries > 15
        began = int(consortium.rpc("QP", "status")["sync_info"]["earliest_block_height"])
        assert began > 5, "the node's engine did not replay the chain from its beginning"
        pay(consortium, "QP", 1, B1, A1)  # its own bank goes on through it
        pay(consortium)
        consortium.one_history()


def refusals(home: Home) -> int:
    log = home.folder / "engine.log"
    return log.read_text(encoding="utf-8").count("Snapshot rejected") if log.exists() else 0


def test_a_node_is_not_rebuilt_with_a_lie_and_goes_on_to_who_tells_the_truth(found):
    with found() as consortium:
        liar, home = consortium.fleet.homes["QN"], consortium.fleet.homes["QP"]
        consortium.take_snapshots("QN", every=5)  # at first nobody else has one
        (liar.folder / "lie").write_text(LIES[0])
        consortium.restart("QN", "alters_snapshots")
        consortium.settle()
        pay(consortium, times=2)  # a snapshot can be checked once there are two blocks after it
        consortium.level()  # the node that has the snapshot may be a block behind the one that paid
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
            consortium.take_snapshots(name, every=2)
            consortium.restart(name)
            consortium.level("QM", "QN", "QO")
        pay(consortium, times=5)
        consortium.start("QP")
        consortium.level()
        began = int(consortium.rpc("QP", "status")["sync_info"]["earliest_block_height"])
        assert began > 5, "it was rebuilt from a snapshot, an honest one"
        consortium.one_history()
