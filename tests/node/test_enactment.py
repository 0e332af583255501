from collections import Counter

import msgspec
import pytest

from mufakat.model import command as c
from mufakat.model.charter import Role
from mufakat.node import enactment, founding
from mufakat.node.charterfile import write_charter
from mufakat.node.embedded import Node
from mufakat.node.enactment import Part
from mufakat.node.home import Home
from mufakat.node.keys import KeyRing
from mufakat.node.session import Session
from tests.node.conftest import EXAMPLES
from tests.union import NOON_US

replace = msgspec.structs.replace


class Founded:
    """The example's union with nothing planned done yet; `on` gives the machine of some of its members."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.plan = founding.read_plan(EXAMPLES / "charter.toml")
        self.home = Home(folder / "all")
        self.ring = KeyRing(self.home.keys)
        self.node = Node.create(self.home.folder, founding.make_keys(self.plan, self.ring), lambda: NOON_US)

    def on(self, *members: str) -> Session:
        ring = KeyRing(self.folder / "-".join(members))
        for member in members:
            for role in founding.MEMBER_ROLES:
                if not ring.has(member, role):
                    ring.add(member, role, self.ring.pair(member, role)[1])
        return Session(self.node, ring)

    def money(self) -> int:
        return self.node.views.sql.execute(
            "SELECT sum(balance) FROM account WHERE kind = 'settlement' AND currency = 'IDR'"
        ).fetchone()[0]


@pytest.fixture
def founded(tmp_path):
    world = Founded(tmp_path)
    yield world
    world.node.close()


def parts(rows) -> Counter:
    return Counter(each.part for each in rows)


def test_the_whole_plan_is_enacted_where_all_keys_are(founded):
    assert parts(enactment.enact(founded.plan, Session(founded.node, founded.ring))) == {Part.DONE: 18}
    assert founded.money() == 220_000_000


def test_a_plan_that_is_enacted_again_changes_nothing(founded):
    session = Session(founded.node, founded.ring)
    enactment.enact(founded.plan, session)
    entries, root = founded.node.entries, founded.node.state_root()
    assert parts(enactment.enact(founded.plan, session)) == {Part.THERE: 18}
    assert (founded.node.entries, founded.node.state_root()) == (entries, root)


def test_each_member_enacts_its_own_part_and_money_is_issued_once(founded):
    first = enactment.enact(founded.plan, founded.on("QM"))
    assert {each.author for each in first if each.part is Part.DONE} == {"QM", "LUALQMA0XXX", "TANGQMA0XXX"}
    # The bank of QN is not there yet, so QM cannot open its account in QM's currency.
    assert [(each.command, each.about) for each in first if "registered" in each.note] == [
        ("OpenAccount", "UDAYQNA0XXX IDR"),
        ("IssueMoney", "UDAYQNA0XXX IDR"),
    ]
    assert Part.REFUSED not in parts(first)
    enactment.enact(founded.plan, founded.on("QN"))
    again = enactment.enact(founded.plan, founded.on("QM"))
    assert Part.REFUSED not in parts(again)
    assert [each.command for each in again if each.part is Part.DONE] == ["OpenAccount", "IssueMoney"]
    assert founded.money() == 220_000_000


def test_what_the_rules_refuse_is_told_with_its_reason(founded):
    first, *others = founded.plan.participants
    plan = replace(founded.plan, participants=(replace(first, lei="XQM000QLTR5HXJW1R930"), *others))
    refused = [each for each in enactment.enact(plan, founded.on("QM", "QN")) if each.part is Part.REFUSED]
    assert (refused[0].command, refused[0].about) == ("RegisterParticipant", "LUALQMA0XXX")
    assert refused[0].note.startswith("IDENTIFIER_INVALID: ")


def test_what_needs_a_key_of_somebody_else_is_left_to_it(founded):
    rows = enactment.enact(founded.plan, founded.on("QM"))
    (line,) = [each for each in rows if each.command == "SetSwingLine"]
    assert (line.part, line.note) == (
        Part.WAITS,
        "needs the approve key of QN: mufakat draft make QM SetSwingLine debtor=QN limit=30000000",
    )
    assert not founded.on("QM").keys.has("UDAYQNA0XXX", Role.SUBMIT)


def test_without_the_approving_key_nothing_under_four_eyes_is_said(founded):
    session = founded.on("QM")
    (founded.folder / "QM" / "QM" / "approve.key").unlink()
    rows = enactment.enact(founded.plan, session)
    assert {each.part for each in rows if each.command in founding.FOUR_EYES} == {Part.WAITS}


def test_a_bank_with_keys_of_its_own_is_registered_with_them(founded):
    own = KeyRing(founded.folder / "bank").granted("LUALQMA0XXX", founding.BANK_ROLES)
    keys = tuple(founding.KeyPlan(each.public.hex(), each.roles) for each in own)
    first, *others = founded.plan.participants
    plan = replace(founded.plan, participants=(replace(first, keys=keys), *others))
    rows = enactment.enact(plan, founded.on("QM"))
    assert founded.node.key(own[0].public).owner == "LUALQMA0XXX"
    firms = [each for each in rows if each.command == "EnrolFirms" and each.author == "LUALQMA0XXX"]
    assert [each.note for each in firms] == ["needs the submit key of LUALQMA0XXX"]
    bank = Session(founded.node, KeyRing(founded.folder / "bank"))
    assert [each.command for each in enactment.enact(plan, bank) if each.part is Part.DONE] == ["EnrolFirms"]


def test_a_plan_is_enacted_in_its_own_union_only(founded, tmp_path):
    path = tmp_path / "charter.toml"
    path.write_text(write_charter(founded.node.charter))
    plan = founding.read_plan(path)
    assert enactment.faults_for(plan, founded.node) == []
    assert enactment.faults_for(founded.plan, founded.node) == []
    (fault,) = enactment.faults_for(replace(plan, name="Another"), founded.node)
    assert founded.node.union.hex() in fault
    broken = replace(plan, rules={**plan.rules, "day_quorum": 1})
    assert "rules.day_quorum" in enactment.faults_for(broken, founded.node)[0]
    other = replace(founded.plan.members[0], currency="JPY", keys=())
    wrong = replace(founded.plan, members=(other, founded.plan.members[1]))
    assert enactment.faults_for(wrong, founded.node) == [
        "member QM: the charter in force has no such member with this currency"
    ]


def test_what_was_told_by_hand_counts_as_said(founded):
    session = Session(founded.node, founded.ring)
    first, *others = founded.plan.participants
    enactment.enact(replace(founded.plan, participants=(replace(first, firms=()), *others)), session)
    assert session.say(first.bic, c.EnrolFirms(first.firms)).refusal is None
    assert parts(enactment.enact(founded.plan, session)) == {Part.THERE: 18}
