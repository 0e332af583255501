"""How a node stands, said of the real engine; and what it says when something is wrong."""

import datetime
import json
import time

import pytest

from mufakat.model.signing import public_key
from mufakat.node.engine import IDLE_BLOCK_SECONDS, SettingsFaulty
from mufakat.node.enginekeys import address_of
from mufakat.node.service import note
from mufakat.node.status import evidence, status_of, views_status
from tests.engines import false_engine, free_ports, lone_home
from tests.union import private


@pytest.fixture
def down(tmp_path):
    return lone_home(tmp_path)


def at_port(home, port):
    home.settings.write_text(f'member = "QM"\nrpc_port = {port}\n', encoding="utf-8")
    return home


def test_a_node_that_is_up_says_how_far_it_is_and_who_validates(live):
    status = status_of(live.home)
    replica_roots = (len(status.state_root), len(status.tree_root))

    assert (status.member, status.up, status.problem) == ("QM", True, "")
    assert status.block >= 1 and status.entries >= 1
    assert replica_roots == (64, 64)
    assert status.shown == status.entries
    assert (status.behind_payments, status.behind_seconds) == (0, 0)
    assert status.validators == ("QM",)
    assert (status.peers, status.catching_up) == ((), False)


def test_how_far_the_views_of_a_node_that_is_up_are_is_told_by_the_node(live):
    found = views_status(live.home, time.time_ns() // 1_000)
    assert found.shown == found.entries >= 1
    assert (found.behind_entries, found.behind_payments, found.behind_seconds) == (0, 0, 0)


def test_a_node_that_is_up_says_when_its_last_block_was(live):
    status = status_of(live.home)
    at = datetime.datetime.fromisoformat(status.block_time)
    assert status.block_time.endswith("Z")
    assert 0 <= status.block_age_seconds < 4 * IDLE_BLOCK_SECONDS
    assert abs(datetime.datetime.now(datetime.UTC) - at).total_seconds() < 4 * IDLE_BLOCK_SECONDS


@pytest.mark.parametrize(
    ("seconds", "age"), [(3_600, 3_600), (-60, 0)], ids=["an hour ago", "a clock that is behind"]
)
def test_the_age_of_the_last_block_is_by_this_machines_clock(down, seconds, age):
    at = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=seconds)

    sync = {
        "latest_block_height": "7",
        "latest_block_time": at.strftime("%Y-%m-%dT%H:%M:%S.%f789Z"),
        "catching_up": False,
    }

    def late(path):
        return {"result": {"sync_info": sync}} if path.startswith("/status") else standing_still(path)

    with false_engine(late) as port:
        status = status_of(at_port(down, port))
    assert status.block_age_seconds - age in range(5)
    assert status.block_time == at.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_node_that_is_not_up_says_so_and_what_it_saw(down):
    note(down, {"kind": "double signing", "height": 3})
    status = status_of(at_port(down, *free_ports(1)))

    assert (status.up, status.entries) == (False, 0)
    assert "is the node up?" in status.problem
    assert [each["kind"] for each in status.evidence] == ["double signing"]


def test_evidence_names_the_member_whose_validator_it_was(live):
    address = address_of(public_key(private("QM", "validate")))
    note(live.home, {"kind": "double signing", "height": 3, "validator": address, "what": "two votes"})
    note(live.home, {"kind": "proposal refused", "height": 4, "proposer": "00" * 20, "what": "a block"})
    seen = status_of(live.home).evidence[-2:]

    assert [each["member"] for each in seen] == ["QM", "00" * 20]


def test_a_line_of_evidence_that_was_broken_off_hides_nothing(down):
    note(down, {"kind": "first"})
    with (down.folder / "evidence.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"kind": "brok')
    note(down, {"kind": "second"})
    assert {each["kind"] for each in evidence(down)} == {"first", "second"}


def standing_still(path):
    """An engine that answers everything, of an application that has no history yet."""
    method = path.split("?")[0].removeprefix("/")
    return {
        "result": {
            "status": {
                "sync_info": {
                    "latest_block_height": "0",
                    "latest_block_time": "1970-01-01T00:00:00Z",
                    "catching_up": True,
                }
            },
            "net_info": {"peers": [{"node_info": {"moniker": name}} for name in ("QO", "QN")]},
            "abci_query": {"response": {"code": 1, "log": "there is no history yet"}},
        }[method]
    }


def test_a_node_that_catches_up_has_no_roots_yet(down):
    with false_engine(standing_still) as port:
        status = status_of(at_port(down, port))
    assert (status.up, status.catching_up, status.entries) == (True, True, 0)
    assert (status.block_time, status.block_age_seconds) == ("", None)
    assert (status.state_root, status.validators, status.peers) == ("", (), ("QN", "QO"))


def test_an_engine_that_stopped_by_itself_is_told_with_what_to_do(down):
    with false_engine(standing_still) as port:
        at_port(down, port)
        (down.folder / "engine.log").write_text("all is well\n" * 5, encoding="utf-8")
        assert status_of(down).problem == ""
        with (down.folder / "engine.log").open("a", encoding="utf-8") as log:
            log.write(json.dumps({"_msg": "CONSENSUS FAILURE!!!"}) + "\n" + "x" * 1_000)
        assert "mufakat node rebuild" in status_of(down).problem
        (down.folder / "engine.log").write_text("CONSENSUS FAILURE" + "x" * 300_000, encoding="utf-8")
        assert status_of(down).problem == "", "that was long ago"


def test_an_engine_that_refuses_to_answer_is_told(down):
    with false_engine(lambda path: {"error": {"message": "closed", "data": "for today"}}) as port:
        status = status_of(at_port(down, port))
    assert (status.up, status.problem) == (False, "closed: for today")


def test_faulty_settings_are_named(down):
    down.settings.write_text("member = 3\n", encoding="utf-8")
    with pytest.raises(SettingsFaulty, match=r"node\.toml"):
        status_of(down)
