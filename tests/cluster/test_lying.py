"""One validator of four lies: the others keep their history, go on, and can show what it did."""

from mufakat.model.signing import public_key
from mufakat.node import rebuilding
from mufakat.node.engine import write_configuration
from mufakat.node.enginekeys import address_of, write_node
from tests.cluster.consortium import wait
from tests.cluster.lies import HONEST, LIAR, said, seen_by
from tests.union import private


def test_a_node_that_reports_another_hash_stops_alone_and_can_be_rebuilt(found):
    with found(snapshot_every=4) as consortium:
        consortium.settle()
        consortium.restart(LIAR, "reports_another_hash")
        consortium.level()
        lie = consortium.fleet.homes[LIAR].folder / "lie"
        with consortium.voice() as union:
            lie.touch()

            def stopped():
                union.transfer()
                return consortium.status(LIAR).problem

            wait(stopped, "the liar stops")
            for _ in range(5):
                union.transfer()
            assert consortium.level(*HONEST).state_root == union.state.root().hex()
        assert consortium.status(LIAR).entries < consortium.status("QM").entries
        assert all(consortium.status(name).problem == "" for name in HONEST)
        code, text = said(consortium, "union", "status")
        assert code == 1
        assert f"{LIAR}: the engine stopped: its history parts from the others'" in text
        consortium.fleet.stop(LIAR)
        lie.unlink()
        peers = [("127.0.0.1", consortium.ports[name][1]) for name in HONEST]
        rebuilding.prepare(consortium.fleet.homes[LIAR], consortium.genesis.charter, peers)
        consortium.start(LIAR)
        consortium.level()
        assert consortium.status(LIAR).problem == ""
        consortium.one_history()


def twin(consortium):
    """Start the liar twice: a copy of its home, at other ports, that has forgotten what it signed."""
    consortium.fleet.stop(LIAR)
    copy = consortium.copy(LIAR, "QT")
    write_node(copy, private("QT", "node"))
    (copy.engine / "data" / "priv_validator_state.json").write_text('{"height": "0", "round": 0, "step": 0}')
    write_configuration(copy, consortium.genesis.charter)
    consortium.start("QT", "disagrees_with_all")
    consortium.start(LIAR)


def test_a_validator_that_signs_twice_is_seen_by_all_and_named(found):
    with found() as consortium:
        consortium.settle()
        twin(consortium)
        consortium.level("QM", "QN", "QO", LIAR)
        with consortium.voice() as union:

            def noted():
                union.transfer()
                return all(seen_by(consortium, name, "double signing") for name in HONEST)

            wait(noted, "evidence of the double signing is in a block")
            for name in HONEST:
                seen = seen_by(consortium, name, "double signing")
                assert {each["member"] for each in seen} == {LIAR}
                assert seen[0]["validator"] == address_of(public_key(private(LIAR, "validate")))
                code, text = said(consortium, "node", "status", name=name)
                assert code == 0
                assert f"{name} saw {LIAR}: double signing at block" in text
            assert consortium.level(*HONEST).state_root == union.state.root().hex()
        consortium.fleet.stop("QT")
        consortium.forget("QT")
        consortium.one_history()
