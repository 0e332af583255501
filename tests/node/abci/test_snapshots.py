"""State sync between two applications: the history arrives byte for byte, or nothing of it stays."""

import hashlib
import zlib

import msgspec
import pytest

from mufakat.audit.replay import verify
from mufakat.core import register
from mufakat.core.dump import dump
from mufakat.journal import archive
from mufakat.model import command as c
from mufakat.model.record import batch
from mufakat.node.abci import snapshots, wire
from mufakat.node.abci.snapshots import Contents
from tests.journal import histories
from tests.node.abci.conftest import Played, play_log
from tests.union import A1, A2, settled_world

ACCEPT, ABORT, REJECT = 1, 2, 3
REJECT_SNAPSHOT = 5


@pytest.fixture(scope="module", autouse=True)
def _small_parts():
    with pytest.MonkeyPatch.context() as small:
        small.setattr(archive, "PART_BYTES", 4_000)
        small.setattr(snapshots, "_STATE_PART", 1_500)
        yield


def played(node):
    """A day that leaves two snapshots."""
    world = histories.day()
    play_log(node, world, size=1 + len(world.log) // 8)
    return node


@pytest.fixture(scope="module")
def giver(_small_parts, tmp_path_factory):
    """A node with snapshots; look at it only."""
    node = Played(tmp_path_factory.mktemp("giver") / "n", histories.day().genesis, snapshot_every=4)
    node.begin()
    yield played(node)
    node.application.close()


@pytest.fixture
def busy(nodes):
    """A node with snapshots that goes on."""
    return played(nodes(histories.day(), snapshot_every=4))


def offered(node):
    return list(node.ask("list_snapshots").snapshots)


def chunks(node, snapshot):
    return [
        node.ask("load_snapshot_chunk", height=snapshot.height, format=snapshot.format, chunk=at).chunk
        for at in range(snapshot.chunks)
    ]


def offer(node, snapshot, app_hash):
    return node.ask("offer_snapshot", snapshot=snapshot, app_hash=app_hash).result


def give(node, parts):
    """Give parts in order until one is refused; returns the last answer."""
    for at, part in enumerate(parts):
        answer = node.ask("apply_snapshot_chunk", index=at, chunk=part, sender="peer")
        if answer.result != ACCEPT:
            return answer
    return answer


def is_untouched(node):
    return not (node.home / "journal.db").exists() and not (node.home / "incoming").exists()


def hash_at(node, snapshot):
    return node.hashes[snapshot.height - 1]


# -- taking -----------------------------------------------------------------------------------------------


def test_every_node_takes_the_same_snapshot_at_the_same_batch(nodes):
    world = histories.day()
    first, second = nodes(world, snapshot_every=2), nodes(world, snapshot_every=2)
    for node in (first, second):
        play_log(node, world, size=1 + len(world.log) // 8)
    second.restart()
    taken = offered(first)

    assert len(taken) == 2, "older ones go"
    assert len(list((first.home / "snapshots").iterdir())) == 2 * len(taken)
    assert taken == offered(second)
    assert [chunks(first, each) for each in taken] == [chunks(second, each) for each in taken]
    assert all(each.hash == hashlib.sha256(each.metadata).digest() for each in taken)


def test_blocks_without_commands_make_no_snapshot(busy):
    before = offered(busy)
    for _ in range(9):
        busy.block()
    assert offered(busy) == before


def test_a_snapshot_lies_under_the_block_of_its_last_batch(giver):
    for each in offered(giver):
        contents = msgspec.msgpack.decode(each.metadata, type=Contents)
        (found,) = [b for b in giver.replica.journal.batches() if b.height == contents.height]
        assert found.block == each.height
        assert contents.height % 4 == 0
        assert each.chunks == contents.parts_before_state() + contents.state_parts > 2


def test_a_part_that_is_not_here_is_empty(giver, nodes, union):
    (snapshot, *_) = offered(giver)
    ask = {"height": snapshot.height, "format": 2}
    assert giver.ask("load_snapshot_chunk", **ask, chunk=snapshot.chunks).chunk == b""
    assert giver.ask("load_snapshot_chunk", **{**ask, "height": 999}, chunk=0).chunk == b""
    new = nodes(union, begun=False)
    assert new.ask("load_snapshot_chunk", **ask, chunk=0).chunk == b""
    assert offered(new) == []


def take_more(node, count):
    """Let a node take so many snapshots more."""
    for _ in range(4 * count):
        node.block(b"whatever")


def test_a_snapshot_that_a_peer_fetches_stays_until_it_was_fetched(busy, monkeypatch):
    (snapshot, *_) = offered(busy)
    parts = chunks(busy, snapshot)
    take_more(busy, 3)
    assert offered(busy)[0].height == snapshot.height, "it is still wanted"
    assert len(offered(busy)) == 3, "those that nobody wants went"
    assert chunks(busy, snapshot) == parts
    monkeypatch.setattr(snapshots, "_FETCHED_SECONDS", 0.0)
    take_more(busy, 1)
    assert len(offered(busy)) == 2
    assert snapshot.height not in [each.height for each in offered(busy)]


def test_who_fetches_for_ever_holds_no_more_than_so_many_snapshots_and_their_blocks(busy):
    for _ in range(12):
        for each in offered(busy):
            busy.ask("load_snapshot_chunk", height=each.height, format=2, chunk=0)
        take_more(busy, 1)
    heights = [each.height for each in offered(busy)]
    assert len(heights) == 8
    assert len(list((busy.home / "snapshots").iterdir())) == 2 * 8
    assert heights[-1] - heights[0] < 4 * 8


# -- restoring --------------------------------------------------------------------------------------------


def test_a_node_wiped_to_nothing_has_the_same_history_to_the_last_byte(giver, nodes):
    snapshot = offered(giver)[-1]
    new = nodes(histories.day(), begun=False)
    assert new.ask("info").last_block_height == 0
    assert offer(new, snapshot, hash_at(giver, snapshot)) == ACCEPT
    assert give(new, chunks(giver, snapshot)).result == ACCEPT
    told = new.ask("info")

    assert (told.last_block_height, told.last_block_app_hash) == (snapshot.height, hash_at(giver, snapshot))
    assert not (new.home / "incoming").exists()
    new.blocks, new.hashes = giver.blocks, giver.hashes
    new.handshake()
    assert list(new.replica.log()) == list(giver.replica.log())
    assert list(new.replica.journal.batches()) == list(giver.replica.journal.batches())
    assert dump(new.state) == dump(giver.state)
    assert new.replica.views.sql.execute("SELECT * FROM movement").fetchall() == (
        giver.replica.views.sql.execute("SELECT * FROM movement").fetchall()
    )
    new.restart()
    new.application.close()
    assert verify(new.home / "journal.db").state_root == giver.state.root()


def test_settled_rows_travel_as_they_lie_and_none_can_be_another(nodes, monkeypatch):
    monkeypatch.setattr(snapshots, "_ROWS_A_PART", 30)
    monkeypatch.setattr(register, "GENERATION", 16)
    world = settled_world(10**4)
    paid = tuple(world.order(amount=1) for _ in range(100))
    world.must(A1, batch(paid))
    world.must(A2, c.ReturnPayment(paid[5].uetr, "AC04"))
    node = nodes(world, snapshot_every=2)
    play_log(node, world, size=-(-len(world.log) // 2))
    node.restart()
    snapshot = offered(node)[-1]
    contents = msgspec.msgpack.decode(snapshot.metadata, type=Contents)
    first = len(contents.history)
    whole = chunks(node, snapshot)
    assert [len(each) // 40 for each in whole[first : contents.parts_before_state()]] == [30, 30, 30, 10]
    for change in (lambda part: part[:40], lambda part: part[:-1] + b"\1", lambda part: part + part[:40]):
        new = nodes(world, begun=False)
        offer(new, snapshot, hash_at(node, snapshot))
        given = [*whole[: first + 1], change(whole[first + 1]), *whole[first + 2 :]]
        assert give(new, given).result == REJECT_SNAPSHOT
        assert is_untouched(new)
    assert offer(new, snapshot, hash_at(node, snapshot)) == ACCEPT
    assert give(new, whole).result == ACCEPT
    new.blocks, new.hashes = [*node.blocks], [*node.hashes]
    new.handshake()
    assert dump(new.state) == dump(node.state) == dump(world.state)


def test_what_was_restored_goes_on_like_any_other(busy, nodes):
    snapshot = offered(busy)[-1]
    new = nodes(histories.day(), begun=False)
    offer(new, snapshot, hash_at(busy, snapshot))
    give(new, chunks(busy, snapshot))
    new.blocks, new.hashes = [*busy.blocks], [*busy.hashes]
    new.handshake()
    for node in (busy, new):
        node.block(b"whatever")
    assert new.hashes == busy.hashes
    assert offer(new, snapshot, hash_at(busy, snapshot)) == ABORT, "it has a history of its own"


def test_a_snapshot_whose_end_the_members_did_not_sign_is_refused(giver, nodes):
    snapshot = offered(giver)[-1]
    new = nodes(histories.day(), begun=False)
    for other in (bytes(32), b"", hash_at(giver, offered(giver)[0])):
        assert offer(new, snapshot, other) == ACCEPT
        assert give(new, chunks(giver, snapshot)).result == REJECT_SNAPSHOT
        assert is_untouched(new)


def test_a_refused_snapshot_does_not_stand_in_the_way_of_a_good_one(giver, nodes):
    snapshot = offered(giver)[-1]
    new = nodes(histories.day(), begun=False)
    offer(new, snapshot, hash_at(giver, snapshot))
    answer = give(new, [chunks(giver, snapshot)[0], b"noise"])
    assert (answer.result, list(answer.reject_senders)) == (REJECT_SNAPSHOT, ["peer"])
    offer(new, snapshot, hash_at(giver, snapshot))
    give(new, chunks(giver, snapshot)[:2])  # and one that was broken off
    assert offer(new, snapshot, hash_at(giver, snapshot)) == ACCEPT
    assert give(new, chunks(giver, snapshot)).result == ACCEPT
    assert new.state.root()


def test_a_changed_byte_in_any_part_is_refused_and_leaves_nothing(giver, nodes):
    snapshot = offered(giver)[0]
    whole, signed = chunks(giver, snapshot), hash_at(giver, snapshot)
    new = nodes(histories.day(), begun=False)
    for at, part in enumerate(whole):
        for place in (0, 1, 2, len(part) // 3, len(part) // 2, -5, -4, -3, -2, -1):
            changed = bytearray(part)
            changed[place] ^= 0xFF
            offer(new, snapshot, signed)
            answer = give(new, [*whole[:at], bytes(changed), *whole[at + 1 :]])
            assert answer.result == REJECT_SNAPSHOT, (at, place)
            assert is_untouched(new)


@pytest.mark.parametrize(
    "other",
    [
        lambda parts: parts[1:] + parts[:1],
        lambda parts: [parts[1], parts[0], *parts[2:]],
        lambda parts: [*parts[:-2], parts[-1], parts[-2]],
        lambda parts: [parts[0], parts[0], *parts[2:]],
        lambda parts: [parts[0], b"", *parts[2:]],
        lambda parts: [*parts[:-1], b""],
        lambda parts: [*parts[:-1], parts[-1] + b"more"],
        lambda parts: [part[: len(part) // 2] for part in parts],
    ],
)
def test_parts_that_are_missing_cut_or_turned_round_are_refused_and_leave_nothing(giver, nodes, other):
    snapshot = offered(giver)[-1]
    new = nodes(histories.day(), begun=False)
    offer(new, snapshot, hash_at(giver, snapshot))
    assert give(new, other(chunks(giver, snapshot))).result == REJECT_SNAPSHOT
    assert is_untouched(new)


def test_parts_under_wrong_numbers_are_refused(giver, nodes):
    snapshot = offered(giver)[-1]
    new = nodes(histories.day(), begun=False)
    offer(new, snapshot, hash_at(giver, snapshot))
    first = chunks(giver, snapshot)[0]
    assert new.ask("apply_snapshot_chunk", index=1, chunk=first, sender="p").result == REJECT_SNAPSHOT
    assert is_untouched(new)


def lie(snapshot, **change):
    """A snapshot whose contents say something else."""
    contents = msgspec.msgpack.decode(snapshot.metadata, type=Contents)
    packed = msgspec.msgpack.encode(msgspec.structs.replace(contents, **change))
    told = msgspec.msgpack.decode(packed, type=Contents)
    return wire.TYPES["AbciSnapshot"](
        height=snapshot.height,
        format=snapshot.format,
        chunks=told.parts_before_state() + told.state_parts,
        hash=hashlib.sha256(packed).digest(),
        metadata=packed,
    )


@pytest.mark.parametrize(
    "change",
    [{"format": 1}, {"chunks": 0}, {"chunks": 1}, {"chunks": 999}, {"metadata": b""}, {"metadata": b"noise"}],
)
def test_an_offer_that_contradicts_itself_is_refused(giver, nodes, change):
    snapshot = offered(giver)[-1]
    for field, value in change.items():
        setattr(snapshot, field, value)
    new = nodes(histories.day(), begun=False)
    assert offer(new, snapshot, giver.hashes[-1]) == REJECT
    assert is_untouched(new)


def test_contents_that_are_too_deep_to_read_are_refused(giver, nodes):
    snapshot = offered(giver)[-1]
    fields = len(msgspec.msgpack.decode(snapshot.metadata))
    snapshot.metadata = bytes((0x90 + fields + 1,)) + snapshot.metadata[1:] + b"\x91" * 100_000 + b"\xc0"
    assert offer(nodes(histories.day(), begun=False), snapshot, giver.hashes[-1]) == REJECT


def test_contents_without_a_history_are_refused(giver, nodes):
    new = nodes(histories.day(), begun=False)
    assert offer(new, lie(offered(giver)[-1], history=()), giver.hashes[-1]) == REJECT


def test_contents_with_fewer_rows_than_none_are_refused(giver, nodes):
    new = nodes(histories.day(), begun=False)
    assert offer(new, lie(offered(giver)[-1], rows=-1), giver.hashes[-1]) == REJECT


def state_as(giver, nodes, state):
    """Offer a snapshot whose history is right and whose state is this; returns the last answer and the node."""
    snapshot = offered(giver)[-1]
    contents = msgspec.msgpack.decode(snapshot.metadata, type=Contents)
    told = lie(snapshot, state_parts=1, state_digest=hashlib.sha256(state).digest())
    new = nodes(histories.day(), begun=False)
    assert offer(new, told, hash_at(giver, snapshot)) == ACCEPT
    before = chunks(giver, snapshot)[: contents.parts_before_state()]
    return give(new, [*before, state]).result, new


def test_a_state_that_is_not_the_one_of_the_root_is_refused_however_it_is_told(giver, nodes):
    poor = settled_world(money=5).state
    for state in (zlib.compress(dump(poor)), zlib.compress(b"noise"), zlib.compress(b""), b"noise", b""):
        result, new = state_as(giver, nodes, state)
        assert result == REJECT_SNAPSHOT
        assert is_untouched(new)


def state_of(giver):
    """The parts of the state in the newest snapshot, as lists."""
    snapshot = offered(giver)[-1]
    contents = msgspec.msgpack.decode(snapshot.metadata, type=Contents)
    packed = b"".join(chunks(giver, snapshot)[contents.parts_before_state() :])
    return msgspec.msgpack.decode(zlib.decompress(packed))


def test_a_state_whose_accounts_are_in_another_order_is_refused(giver, nodes):
    state = state_of(giver)
    dict(state[1])["accounts"].reverse()
    result, new = state_as(giver, nodes, zlib.compress(msgspec.msgpack.encode(state)))
    assert result == REJECT_SNAPSHOT
    assert is_untouched(new)


def test_a_state_with_a_payment_that_no_rules_make_is_refused(giver, nodes):
    state = state_of(giver)
    dict(state[1])["payments"].append([["no uetr", A1, A1, "IDR", 1, "2026-01-01", 0, b""], 0, 0, None])
    result, new = state_as(giver, nodes, zlib.compress(msgspec.msgpack.encode(state)))
    assert result == REJECT_SNAPSHOT
    assert is_untouched(new)


def test_a_state_that_would_fill_the_memory_is_refused(giver, nodes, monkeypatch):
    monkeypatch.setattr(snapshots, "_MOST_STATE", 1 << 16)
    result, new = state_as(giver, nodes, zlib.compress(dump(giver.state) + bytes(1 << 24)))
    assert result == REJECT_SNAPSHOT
    assert is_untouched(new)


def test_views_of_an_earlier_history_do_not_outlive_it(giver, nodes):
    snapshot = offered(giver)[-1]
    new = nodes(histories.day(), begun=False)
    new.home.mkdir(exist_ok=True)
    (new.home / "views.db").write_bytes(b"of another life")
    offer(new, snapshot, hash_at(giver, snapshot))
    assert give(new, chunks(giver, snapshot)).result == ACCEPT
    assert new.replica.views.entries == new.replica.entries


def test_a_node_that_goes_on_while_it_gives_gives_the_same_parts(busy):
    snapshot = offered(busy)[-1]
    before = chunks(busy, snapshot)
    busy.block(b"more")
    busy.block(histories.day().signed(A1, c.EnrolFirms(())))
    assert chunks(busy, snapshot) == before
