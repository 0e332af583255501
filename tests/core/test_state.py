import msgspec
import pytest

from mufakat.core import lifecycle
from mufakat.core import state as states
from mufakat.core.dump import dump, load
from mufakat.core.law import Adoption
from mufakat.core.place import key_of
from mufakat.core.state import Record, State
from mufakat.model.charter import union_id
from tests.strategies import defaulted_once, each_once, play, recorded_once, ruled_once, screened_once, world
from tests.union import A1, TUESDAY, charter


@pytest.fixture(scope="module")
def busy():
    union = world()
    play(union, [("carry", "quorum of all", "QM"), ("wait", 5), ("propose", "QM", "suspend", "QO")])
    play(union, [("ask", 0, "IDR", 5, None, [2], True), *recorded_once()])
    day = list(each_once())
    play(union, day[: day.index(("cycle",)) + 1])
    play(union, [*list(defaulted_once())[:20], ("bypass", A1, "IDR", True)])
    play(union, [*list(screened_once())[:-3], ("hold record", 2, 0, 3, None), *ruled_once()])
    return union.state


def test_a_snapshot_gives_the_state_back(busy):
    again = load(dump(busy))
    assert again.root() == busy.root()
    assert dump(again) == dump(busy)
    assert again.union == union_id(charter()) != union_id(again.charter)
    assert (again.version, again.height, again.charter.rules.day_quorum) == (3, busy.height, 3)
    assert list(again.waiting) == list(busy.waiting)
    left = {account: list(queue) for account, queue in busy.queues.items() if queue}
    assert {account: list(queue) for account, queue in again.queues.items()} == left


def test_records_stand_under_their_own_keys(busy):
    seen = set()
    for name, kind, table in busy.tables():
        for key, record in table.items():
            assert isinstance(record, kind)
            assert key_of(record) == key
            seen.add(name)
    assert seen == {name for name, _, _ in busy.tables()}


def test_a_record_of_no_table_has_no_key():
    with pytest.raises(AssertionError, match="no key for Record"):
        key_of(Record())


@pytest.mark.parametrize("data", [b"", b"\0", b"\x92\xc0\xc0", b"not a snapshot"])
def test_what_is_no_snapshot_is_not_loaded(data):
    with pytest.raises(msgspec.MsgspecError):
        load(data)


@pytest.mark.parametrize("cut", [1, 100, 1_000])
def test_a_shortened_snapshot_is_not_loaded(busy, cut):
    with pytest.raises(msgspec.MsgspecError):
        load(dump(busy)[:-cut])


def test_a_snapshot_of_another_program_is_not_loaded(busy):
    scalars, tables, *rows = msgspec.msgpack.decode(dump(busy))
    with pytest.raises(ValueError, match="other tables"):
        load(msgspec.msgpack.encode((scalars, tables[:-1], *rows)))
    tables[0][0] = "locks"
    with pytest.raises(ValueError, match="other tables"):
        load(msgspec.msgpack.encode((scalars, tables, *rows)))


def test_a_snapshot_with_a_record_of_another_kind_is_not_loaded(busy):
    scalars, tables, *rows = msgspec.msgpack.decode(dump(busy))
    tables[3][1].append(["one field"])
    with pytest.raises(msgspec.ValidationError):
        load(msgspec.msgpack.encode((scalars, tables, *rows)))


def deep(record):
    return msgspec.Raw(b"\x91" * 100_000 + b"\xc0")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("accounts", lambda record: [*record[:3], 2**63, *record[4:]]),
        ("accounts", lambda record: ["settlement/x/y", "X" * 40, *record[2:]]),
        ("payments", lambda record: [["no uetr", *record[0][1:]], *record[1:]]),
        ("payments", lambda record: [[*record[0][:1], "NOBKQMA1XXX", *record[0][2:]], 0, 1, None]),
        ("payments", deep),
    ],
)
def test_a_snapshot_with_a_record_that_no_rules_make_is_not_loaded(busy, name, change):
    scalars, tables, *rows = msgspec.msgpack.decode(dump(busy))
    records = dict(tables)[name]
    records.append(change(records[-1]))
    with pytest.raises(ValueError, match="no rules make"):
        load(msgspec.msgpack.encode((scalars, tables, *rows)))


def test_a_snapshot_with_accounts_in_another_order_has_another_root(busy):
    scalars, tables, *rows = msgspec.msgpack.decode(dump(busy))
    accounts = dict(tables)["accounts"]
    accounts.reverse()
    assert load(msgspec.msgpack.encode((scalars, tables, *rows))).root() != busy.root()


SCALARS = {
    "union": bytes(32),
    "charter": charter(day_quorum=3),
    "day": world().state.day,
    "cycle": 7,
    "arrivals": 7,
    "version": 7,
    "height": 7,
    "halted": True,
    "adoption": Adoption(2, 7),
    "now_us": 7,
    "swing_settled": TUESDAY,
    "free_row": 7,
}


@pytest.mark.parametrize("part", SCALARS)
def test_the_root_and_a_snapshot_hold_the_scalars_too(part):
    state = State(charter())
    before = state.root()
    setattr(state, part, SCALARS[part])
    assert state.root() != before
    again = load(dump(state))
    assert (getattr(again, part), again.root()) == (SCALARS[part], state.root())


def test_no_scalar_is_forgotten():
    tables = {name for name, _, _ in State(charter()).tables()}
    follow = {
        "_identified",
        "books",
        "held",
        "in_force",
        "located",
        "offers",
        "positions",
        "queues",
        "times",
        "waiting",
    }
    kept = tables | {"register", "reservations"} | set(SCALARS) | follow
    assert {*State.__slots__, "free_row"} == kept


def test_the_root_commits_to_every_table(busy):
    for number, (_, kind, _) in enumerate(busy.tables()):
        other = load(dump(busy))
        key, record = next(iter(other.tables()[number][2].items()))
        assert isinstance(record, kind)
        other.tables()[number][2].put(key + "x", record)
        assert other.root() != busy.root()


def test_unions_with_different_charters_have_different_roots():
    assert State(charter()).root() != State(charter(day_quorum=3)).root()


def test_a_payment_that_is_over_has_no_place(busy):
    record = next(each for each in busy.payments.records() if each.status > 1)
    queues, waiting = {**busy.queues}, dict(busy.waiting)
    lifecycle.enqueue(busy, record)
    lifecycle.dequeue(busy, record)
    assert (queues, waiting) == ({**busy.queues}, dict(busy.waiting))


def test_what_is_available_is_less_what_is_pending_or_reserved_and_more_by_the_limit():
    account = states.Account("a", A1, "IDR", balance=100, pending=10, reserved=20, limit=5)
    assert (account.available, account.available_for_cycle) == (75, 95)
