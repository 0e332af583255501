"""A draft is approved where the keys are, says what was signed and nothing else, and is heard once."""

import msgspec
import pytest

from mufakat.core.authorisation import cosigners_of
from mufakat.model import command as c
from mufakat.model.charter import Role
from mufakat.model.refusal import Reason
from mufakat.model.signing import public_key
from mufakat.node import draft
from mufakat.node.consortium import ConsortiumNode
from mufakat.node.draft import DraftRefused
from mufakat.node.embedded import Node
from mufakat.node.keys import KeyMissing
from mufakat.node.session import Session
from tests.union import A1, NOON_US, TUESDAY, charter, genesis, private

LINE = c.SetSwingLine("QN", 500)


class Machine:
    """The keys of some authors and roles of tests.union, and no others."""

    def __init__(self, *held: tuple[str, Role]) -> None:
        self._held = held

    def has(self, author: str, role: Role) -> bool:
        return (author, role) in self._held

    def pair(self, author: str, role: Role) -> tuple[bytes, bytes]:
        if not self.has(author, role):
            raise KeyMissing(f"no {role} key of {author} is on this machine")
        key = private(author, role.value)
        return public_key(key), key


CREDITOR = Machine(("QM", Role.SUBMIT), ("QM", Role.APPROVE))
DEBTOR = Machine(("QN", Role.SUBMIT), ("QN", Role.APPROVE))


@pytest.fixture
def node(tmp_path):
    with Node.create(tmp_path / "home", genesis(charter()), lambda: NOON_US) as made:
        yield made


def written(tmp_path, signed):
    path = tmp_path / "a.draft"
    path.write_bytes(draft.encode(signed))
    return path


def test_a_swing_line_is_signed_on_two_machines_and_said_once(node, tmp_path):
    path = written(tmp_path, draft.make(Session(node, CREDITOR), "QM", LINE))
    first = draft.reading(node, draft.read(path, node))
    assert (first.author, first.command, first.fields) == (
        "QM",
        "SetSwingLine",
        {"debtor": "QN", "limit": 500},
    )
    assert (first.approved, first.missing, first.sequence) == ((), ("QN",), 1)
    assert first.valid_until == "2026-11-26T06:00:00Z"
    before = node.entries
    with pytest.raises(DraftRefused, match="needs the approval of QN first"):
        draft.send(node, draft.read(path, node))
    assert node.entries == before

    whole = draft.approve(Session(node, DEBTOR), draft.read(path, node), "QN")
    path = written(tmp_path, whole)
    found = draft.read(path, node)
    assert draft.reading(node, found).approved == ("QN",)
    assert draft.reading(node, found).missing == ()
    assert draft.send(node, found).refusal is None
    again = draft.send(node, found)
    assert again.refusal.reason is Reason.SEQUENCE_REPLAYED


def test_four_eyes_of_one_member_may_sit_at_two_machines(node):
    desk, chief = Machine(("QM", Role.SUBMIT)), Machine(("QM", Role.APPROVE))
    body = c.IssueMoney(A1, "IDR", 5)
    assert cosigners_of(node.charter, "QM", body) == (("QM", Role.APPROVE),)
    signed = draft.make(Session(node, desk), "QM", body)
    assert draft.reading(node, signed).missing == ("QM",)
    whole = draft.approve(Session(node, chief), signed, "QM")
    assert draft.send(node, whole).refusal.reason is Reason.UNKNOWN_ACCOUNT, (
        "it is heard, and there is none yet"
    )


def test_what_the_machine_can_approve_itself_is_approved_at_once(node):
    signed = draft.make(Session(node, CREDITOR), "QM", c.IssueMoney(A1, "IDR", 5))
    assert draft.reading(node, signed).approved == ("QM",)


def test_an_approval_that_is_not_asked_for_is_not_given(node):
    session = Session(node, DEBTOR)
    signed = draft.make(Session(node, CREDITOR), "QM", LINE)
    with pytest.raises(DraftRefused, match="the approval of QO is not asked for; that of QN is"):
        draft.approve(session, signed, "QO")
    whole = draft.approve(session, signed, "QN")
    with pytest.raises(DraftRefused, match="the approval of QN is not asked for; nobody's is"):
        draft.approve(session, whole, "QN")
    with pytest.raises(KeyMissing):
        draft.approve(Session(node, CREDITOR), signed, "QN")


def test_an_approve_key_that_is_not_in_force_approves_nothing(node):
    class Old(Machine):
        def pair(self, author, role):
            key = private(author, "old")
            return public_key(key), key

    signed = draft.make(Session(node, CREDITOR), "QM", LINE)
    with pytest.raises(DraftRefused, match="the approve key of QN on this machine is not in force"):
        draft.approve(Session(node, Old()), signed, "QN")


def test_a_draft_is_void_when_its_author_says_something_else(node):
    signed = draft.make(Session(node, CREDITOR), "QM", LINE)
    whole = draft.approve(Session(node, DEBTOR), signed, "QN")
    Session(node, CREDITOR).say("QM", c.DeclarePhase(TUESDAY, 1))
    assert draft.send(node, whole).refusal.reason is Reason.SEQUENCE_REPLAYED


def changed(signed, **change):
    return msgspec.structs.replace(signed, instruction=msgspec.structs.replace(signed.instruction, **change))


def test_a_draft_that_was_changed_on_the_way_is_not_read(node, tmp_path):
    signed = draft.make(Session(node, CREDITOR), "QM", LINE)
    for other, reason in (
        (changed(signed, body=c.SetSwingLine("QN", 501)), "BAD_SIGNATURE"),
        (changed(signed, union=bytes(32)), "WRONG_UNION"),
        (msgspec.structs.replace(signed, signatures=()), "UNKNOWN_KEY"),
    ):
        with pytest.raises(DraftRefused, match=reason):
            draft.read(written(tmp_path, other), node)


def test_a_draft_of_who_is_not_its_author_is_not_read(node, tmp_path):
    stranger = private("nobody", "submit")
    said = draft.make(Session(node, CREDITOR), "QM", LINE).instruction
    for author, key in (("QN", private("QM", "submit")), ("QM", stranger), ("QM\napproved by QN", stranger)):
        other = msgspec.structs.replace(said, author=author, key=public_key(key))
        with pytest.raises(DraftRefused, match="is not signed with a key of its author that is in force"):
            draft.read(written(tmp_path, c.signed_by(other, (public_key(key), key))), node)


def test_a_draft_that_nobody_could_approve_is_not_read(node, tmp_path):
    said = draft.make(Session(node, CREDITOR), "QM", LINE).instruction
    other = msgspec.structs.replace(said, body=c.SetSwingLine("QN\nAll have signed it.", 5))
    pair = CREDITOR.pair("QM", Role.SUBMIT)
    with pytest.raises(DraftRefused, match="asks for the approval of who is no member"):
        draft.read(written(tmp_path, c.signed_by(other, pair)), node)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "is no draft of a command"),
        (b"\xff", "is no draft of a command"),
        (b'{"command": "xyz"}', "is no draft of a command"),
        (b'{"command": "00", "mufakat_draft": 2}', "is no draft of a command"),
        (b'{"command": "00"}', "holds no command that this program knows"),
    ],
)
def test_a_file_that_is_no_draft_is_named(node, tmp_path, text, why):
    path = tmp_path / "a.draft"
    path.write_bytes(text)
    with pytest.raises(DraftRefused, match=rf"a\.draft {why}"):
        draft.read(path, node)


def test_a_draft_is_said_through_a_node_among_others(live):
    with ConsortiumNode(live.home) as node:
        signed = draft.make(Session(node, CREDITOR), "QM", LINE)
        whole = draft.approve(Session(node, DEBTOR), signed, "QN")
        assert draft.send(node, whole).refusal is None
