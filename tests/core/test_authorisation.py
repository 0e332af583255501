"""More than twenty attacks on each command: refused with the reason that says why, and no trace in the state."""

import datetime

import msgspec
import pytest

from mufakat.core import apply
from mufakat.core.authorisation import cosigners_of
from mufakat.core.binding import member_of
from mufakat.model import command as c
from mufakat.model import proposal as p
from mufakat.model import queueing as q
from mufakat.model.calendar import Phase
from mufakat.model.charter import KeyGrant, Role
from mufakat.model.dealing import OfferQuote, SubmitExchange, WithdrawQuote
from mufakat.model.default import Cause, DeclareDefault, PledgeCollateral, ReleaseCollateral, RepayLoss
from mufakat.model.listing import BringList
from mufakat.model.outcome import Status
from mufakat.model.rate import Rate, Side
from mufakat.model.record import batch
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.setoff import SetOffTerms
from mufakat.model.signing import Domain, public_key, sign
from mufakat.model.trade import RecheckTradeRecords, RegisteredRecord, RegisterTradeRecords
from mufakat.model.verdict import AllowName, DecideCase, Rescreen, Scope, Screened, Verdict
from tests.strategies import POOL, world
from tests.union import (
    A1,
    A2,
    NOON_US,
    TUESDAY,
    YEAR_US,
    Union,
    charter,
    grants,
    invoice,
    lei,
    private,
    suspend,
    uetr,
)

ORDER = c.PaymentOrder(uetr(1), A1, A2, "IDR", 5, TUESDAY, c.Channel.RTGS, bytes(32))
ITEM = c.ObligationItem(f"{lei(2)}/INV", lei(0), lei(2), "IDR", 5, TUESDAY, bytes(32))
NEW = "NEWBQMA1XXX"

COMMANDS: dict[type, tuple[str, c.AnyCommand]] = {
    type(body): (author, body)
    for author, body in (
        ("QM", c.RegisterParticipant(NEW, lei(300), grants(NEW, (Role.SUBMIT,)))),
        ("QM", c.OpenAccount(A1, "IDR")),
        ("QM", c.CloseAccount(A1, "IDR")),
        (A1, c.EnrolFirms((lei(50),))),
        ("QM", c.IssueMoney(A1, "IDR", 5)),
        ("QM", c.RedeemMoney(A1, "IDR", 5)),
        ("QM", c.SetLimit(A1, "IDR", 5)),
        ("QM", c.SetSwingLine("QN", 5)),
        ("QM", c.DeclarePhase(TUESDAY, Phase.CUT_OFF)),
        ("QM", c.CallCycle(1)),
        (A1, batch((ORDER,))),
        (A1, c.CancelPayment(uetr(1))),
        (A1, c.ReturnPayment(uetr(1), "AC04")),
        (A1, c.RegisterObligations((ITEM,))),
        (A1, c.AcceptObligations((ITEM.id,))),
        (A1, c.DisputeObligations((ITEM.id,))),
        (A1, c.ReserveLiquidity("IDR", 5)),
        ("QM", c.Propose(p.SetRule("set_off_horizon_days", 9), bytes(32))),
        ("QM", c.CastVote(1, in_favour=True)),
        ("QM", c.WithdrawProposal(1)),
        (A1, q.AmendPayment(uetr(1), q.Priority.HIGH, 0)),
        (A1, q.AllowBypass("IDR", allowed=True)),
        (A1, q.LimitPayments("IDR", A2, 5)),
        (A1, q.ResolveQueues("IDR")),
        (A1, OfferQuote(f"{A1}/Q", "IDR", "VND", Rate(1, 2), 1, 5, NOON_US + YEAR_US, 5)),
        (A1, WithdrawQuote(f"{A1}/Q")),
        (A1, SubmitExchange(uetr(1), A2, "IDR", "VND", Side.SELL, 5, 1, bytes(32), f"{A2}/Q")),
        (A1, PledgeCollateral(A1, "IDR", 5)),
        (A1, ReleaseCollateral("IDR", 5)),
        ("QM", DeclareDefault(A1, Cause.INSOLVENT)),
        (A1, RepayLoss(1, "IDR", 5)),
        ("QM", c.SubmitFixings(TUESDAY, (("IDR", 5),))),
        ("QM", c.CertifyCycle(1, bytes(32))),
        ("QM", c.SetSwingTerms("QN", ((10_000, 5),), 360)),
        ("QM", c.SettleSwing(TUESDAY)),
        (A1, SetOffTerms(lei(0), "IDR", 5, 9, (lei(2),), across=True)),
        (A1, RegisterTradeRecords((invoice(),))),
        (A1, RecheckTradeRecords((RegisteredRecord(invoice(), A2, A2, A1),))),
        ("QM", BringList("un", TUESDAY, b"", (POOL[0],))),
        (A1, c.HoldItem(Screened(), ("un/E0/" + "0" * 64,), record=batch((ORDER,)).records)),
        (A1, Rescreen(Screened())),
        (A1, DecideCase(1, "QM", Verdict.CLEAR, "Another.", Screened())),
        (A1, AllowName("un/E0/" + "0" * 64, bytes(32), "QM", TUESDAY, Scope.ALL, "Another.", Screened())),
    )
}
COUNTERFEIT = bytes(range(32))


def approvers(union: Union, author: str, body: c.AnyCommand) -> list[tuple[str, str]]:
    return [(owner, role.value) for owner, role in cosigners_of(union.state.charter, author, body)]


def made(union, author, body, *cosigners, keys=None, **change) -> bytes:
    """Sign a command rightly, but for what an attack changes."""
    if keys is None:
        return union.signed(author, body, *(cosigners or approvers(union, author, body)), **change)
    said = c.decode(union.signed(author, body, **change))
    return c.encode(c.signed_by(said.instruction, *((public_key(key), key) for key in keys)))


def rearranged(data: bytes, change) -> bytes:
    """Encode a command anew with its parts changed as plain lists."""
    parts = msgspec.msgpack.decode(data)
    change(parts)
    return msgspec.msgpack.encode(parts)


def forged_signature(union, author, body):
    data = made(union, author, body)
    return rearranged(data, lambda parts: parts[1][0].__setitem__(1, bytes(64)))


def last_signature_of_another_command(union, author, body):
    other = msgspec.msgpack.decode(made(union, author, body, valid_from_us=union.now_us - 1))
    return rearranged(made(union, author, body), lambda parts: parts[1][-1].__setitem__(1, other[1][-1][1]))


def signature_of_another_domain(union, author, body):
    data = made(union, author, body)
    message = c.signing_bytes(c.decode(data).instruction)
    strange = sign(private(author, c.role_of(body)), Domain.CHARTER, message)
    return rearranged(data, lambda parts: parts[1][0].__setitem__(1, strange))


def signature_of_a_consent(union, author, body):
    data = made(union, author, body)
    message = c.signing_bytes(c.decode(data).instruction)
    strange = sign(private(author, c.role_of(body)), Domain.ADMISSION, message)
    return rearranged(data, lambda parts: parts[1][0].__setitem__(1, strange))


def resigned(speaks, by, body, **change) -> bytes:
    """Sign an instruction of which one field is another."""
    said = c.decode(speaks.signed(by, body)).instruction
    signers = [(by, c.role_of(body)), *approvers(speaks, by, body)]
    pairs = ((public_key(private(*each)), private(*each)) for each in signers)
    return c.encode(c.signed_by(msgspec.structs.replace(said, **change), *pairs))


def another_unions_command(union, author, body):
    return resigned(union, author, body, union=bytes(32))


def replayed(union, author, body):
    return made(union, author, body, sequence=union.state.keys[own_key(author, body)].sequence)


def gap(union, author, body):
    return made(union, author, body, sequence=union.state.keys[own_key(author, body)].sequence + 2)


def expired(union, author, body):
    return made(union, author, body, valid_from_us=0, valid_until_us=1)


def not_yet_valid(union, author, body):
    return made(union, author, body, valid_from_us=NOON_US * 2, valid_until_us=NOON_US * 2 + 1)


def valid_too_long(union, author, body):
    return made(union, author, body, valid_until_us=union.now_us + YEAR_US)


def unknown_key(union, author, body):
    return made(union, author, body, keys=(COUNTERFEIT,), key=public_key(COUNTERFEIT))


def key_that_did_not_sign(union, author, body):
    return made(union, author, body, keys=(private(author, "approve"),))


def unsigned(union, author, body):
    return rearranged(made(union, author, body), lambda parts: parts.__setitem__(1, []))


def own_key(author: str, body: c.AnyCommand) -> str:
    return public_key(private(author, c.role_of(body))).hex()


def revoke(union, owner: str, role: str) -> None:
    """Put a new key in the place of one, as the owner's member does when it is lost."""
    old, new = (public_key(private(owner, name)) for name in (role, f"new {role}"))
    change = p.RotateKeys(owner, (KeyGrant(new, (Role(role),)),), (old,))
    union.must(member_of(union.state, owner), c.Propose(change, bytes(32)))


def revoked_key(union, author, body):
    revoke(union, author, c.role_of(body).value)
    return made(union, author, body)


def wrong_author(union, author, body):
    return resigned(union, author, body, author="QN" if author == "QM" else A2)


def submitting_with(role: str):
    def attack(union, author, body):
        other = private(author, role)
        record = union.state.keys.get(public_key(other).hex())
        if record is None:  # a participant has no key of this role: it cannot be registered either
            union.state.keys.put(
                public_key(other).hex(),
                msgspec.structs.replace(
                    union.state.keys[own_key(author, body)], public=public_key(other), roles=(Role(role),)
                ),
            )
        return made(union, author, body, keys=(other,), key=public_key(other), sequence=1)

    return attack


def with_signers(*signers):
    """Sign as the author, then as these; `None` stands for the author itself, or for the key it signed with."""

    def attack(union, author, body):
        own = c.role_of(body)
        keys = (private(who or author, role or own) for who, role in signers)
        return made(union, author, body, keys=(private(author, own), *keys))

    return attack


def another_members_approval(union, author, body):
    return made(union, author, body, *approvers(union, author, body), ("QO", "approve"))


def unknown_approver(union, author, body):
    return made(union, author, body, keys=(private(author, c.role_of(body)), COUNTERFEIT))


def revoked_approver(union, author, body):
    revoke(union, "QO", "approve")
    return another_members_approval(union, author, body)


def too_many_signatures(union, author, body):
    own = private(author, c.role_of(body))
    return made(union, author, body, keys=(own, *[private("QO", "approve")] * 8))


def oversize(union, author, body):
    return made(union, author, body) + bytes(union.state.charter.rules.max_command_bytes)


def longer_integer(union, author, body):
    """Write the sequence, or any small number, as a five-byte integer: the same value, other bytes."""
    data = made(union, author, body, sequence=7)
    place = data.index(b"\xc4\x20" + bytes.fromhex(own_key(author, body))) + 34
    assert data[place] == 7
    return data[:place] + b"\xce\0\0\0\7" + data[place + 1 :]


def extra_field(part):
    def attack(union, author, body):
        return rearranged(made(union, author, body), lambda parts: part(parts).append(1))

    return attack


def unknown_tag(union, author, body):
    return rearranged(made(union, author, body), lambda parts: parts[0][6].__setitem__(0, 99))


def signing_with_the_other_role(union, author, body):
    """A voting key that submits, or a submitting key that votes."""
    other = Role.SUBMIT if c.role_of(body) is Role.VOTE else Role.VOTE
    return submitting_with(other.value)(union, author, body)


def said_by_a_suspended_member(union, author, body):
    suspend(union, member_of(union.state, author))
    return made(union, author, body)


def said_in_a_halt(union, author, body):
    for member in ("QN", "QO"):
        union.must(
            member, c.Propose(p.HaltUnion(), bytes(32)) if member == "QN" else c.CastVote(1, in_favour=True)
        )
    assert union.state.halted
    return made(union, author, body)


ATTACKS = {
    "forged signature": (forged_signature, Reason.BAD_SIGNATURE),
    "signature taken from another command": (last_signature_of_another_command, Reason.BAD_SIGNATURE),
    "signature of another domain": (signature_of_another_domain, Reason.BAD_SIGNATURE),
    "another union's command": (another_unions_command, Reason.WRONG_UNION),
    "replayed": (replayed, Reason.SEQUENCE_REPLAYED),
    "sequence gap": (gap, Reason.SEQUENCE_GAP),
    "expired": (expired, Reason.EXPIRED),
    "not yet valid": (not_yet_valid, Reason.NOT_YET_VALID),
    "valid for too long": (valid_too_long, Reason.VALIDITY_TOO_LONG),
    "unknown key": (unknown_key, Reason.UNKNOWN_KEY),
    "first signed by another key": (key_that_did_not_sign, Reason.UNKNOWN_KEY),
    "unsigned": (unsigned, Reason.UNKNOWN_KEY),
    "revoked key": (revoked_key, Reason.REVOKED_KEY),
    "wrong author": (wrong_author, Reason.WRONG_AUTHOR),
    "signed with the key of the other kind of command": (signing_with_the_other_role, Reason.WRONG_ROLE),
    "signed with a validator's key": (submitting_with("validate"), Reason.WRONG_ROLE),
    "approved with a validator's key": (with_signers(("QO", "validate")), Reason.WRONG_ROLE),
    "approved with a voting key of another": (with_signers(("QO", "vote")), Reason.WRONG_ROLE),
    "signature of a consent": (signature_of_a_consent, Reason.BAD_SIGNATURE),
    "submitted with an audit key": (submitting_with("audit"), Reason.WRONG_ROLE),
    "submitted with an approving key": (submitting_with("approve"), Reason.WRONG_ROLE),
    "one key twice": (with_signers((None, None)), Reason.SIGNER_REPEATED),
    "approved with an audit key": (with_signers((None, "audit")), Reason.WRONG_ROLE),
    "approved with another's submitting key": (with_signers(("QO", "submit")), Reason.WRONG_ROLE),
    "a member's approval that is not asked for": (another_members_approval, Reason.SIGNATURE_SUPERFLUOUS),
    "an unknown approver": (unknown_approver, Reason.UNKNOWN_KEY),
    "a revoked approver": (revoked_approver, Reason.REVOKED_KEY),
    "more signatures than any rule asks for": (too_many_signatures, Reason.OVERSIZE),
    "said by a suspended member or its bank": (said_by_a_suspended_member, Reason.MEMBER_SUSPENDED),
    "oversize": (oversize, Reason.OVERSIZE),
    "truncated": (lambda *args: made(*args)[:-1], Reason.MALFORMED),
    "bytes after the end": (lambda *args: made(*args) + b"\0", Reason.MALFORMED),
    "empty": (lambda *_: b"", Reason.MALFORMED),
    "a longer integer": (longer_integer, Reason.MALFORMED),
    "an extra field of the command": (extra_field(lambda parts: parts[0][6]), Reason.MALFORMED),
    "an extra field of the instruction": (extra_field(lambda parts: parts[0]), Reason.MALFORMED),
    "an extra field around it": (extra_field(lambda parts: parts), Reason.MALFORMED),
    "an unknown tag": (unknown_tag, Reason.MALFORMED),
}


def assert_refused(union: Union, data: bytes, reason: Reason) -> None:
    before = union.state.root()
    outcome, events = apply.execute(union.state, data, union.now_us)
    assert outcome.status is Status.REFUSED
    assert outcome.refusal.reason is reason, outcome
    assert outcome.rules == union.state.version
    assert events == ()
    assert union.state.root() == before


def test_every_command_is_attacked():
    assert {kind.__name__ for kind in COMMANDS} == c.COMMAND_NAMES


WHAT_NOBODY_IS_KEPT_FROM = (Rescreen, c.HoldItem, DecideCase)
TRIED = [
    (attack, kind)
    for attack in ATTACKS
    for kind in COMMANDS
    if not (attack == "said by a suspended member or its bank" and kind in WHAT_NOBODY_IS_KEPT_FROM)
]


@pytest.mark.parametrize(("attack", "kind"), TRIED, ids=lambda of: getattr(of, "__name__", of))
def test_an_attack_is_refused_and_leaves_no_trace(attack, kind):
    make, reason = ATTACKS[attack]
    union = world()
    data = make(union, *COMMANDS[kind])
    kept = apply.admit(union.state, data, union.now_us)
    waits = attack == "sequence gap"
    assert kept == c.decode(data) if waits else kept.reason is reason, "a node need not keep it"
    assert_refused(union, data, reason)


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_the_same_command_without_the_attack_is_heard(kind):
    union = world()
    author, body = COMMANDS[kind]
    before = union.state.keys[own_key(author, body)].sequence
    union.send(made(union, author, body))
    assert union.state.keys[own_key(author, body)].sequence == before + 1


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_any_flipped_bit_is_noticed(kind):
    union = world()
    data = made(union, *COMMANDS[kind])
    before = union.state.root()
    for place in range(0, len(data), 3):
        flipped = bytearray(data)
        flipped[place] ^= 1 << place % 8
        assert union.send(bytes(flipped)).status is Status.REFUSED
    assert union.state.root() == before


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_a_halted_union_hears_votes_and_nothing_else(kind):
    union = world()
    data = said_in_a_halt(union, *COMMANDS[kind])
    if kind in c.GOVERNING:
        assert union.send(data).refusal != Refusal(Reason.UNION_HALTED)
        assert union.state.keys[own_key(*COMMANDS[kind])].sequence == 1
    else:
        assert_refused(union, data, Reason.UNION_HALTED)


def test_a_node_keeps_what_comes_some_way_ahead_of_its_turn():
    union = world()
    for ahead, reason in ((0, None), (apply.MOST_AHEAD, None), (apply.MOST_AHEAD + 1, Reason.SEQUENCE_GAP)):
        sequence = union.state.keys[own_key("QM", c.CallCycle(1))].sequence + 1 + ahead
        data = union.signed("QM", c.CallCycle(1), sequence=sequence)
        admitted = apply.admit(union.state, data, union.now_us)
        assert admitted == c.decode(data) if reason is None else admitted.reason is reason
    assert union.state.root() == world().state.root()


FOUR_EYES = sorted(charter().rules.four_eyes)


@pytest.mark.parametrize("name", FOUR_EYES)
def test_what_the_charter_puts_under_four_eyes_needs_an_approval_of_the_same_member(name):
    union = world()
    author, body = next(each for kind, each in COMMANDS.items() if kind.__name__ == name)
    own = (author, "approve")
    assert_refused(union, union.signed(author, body), Reason.APPROVAL_MISSING)
    assert_refused(union, union.signed(author, body, ("QN", "approve")), Reason.SIGNATURE_SUPERFLUOUS)
    assert_refused(union, union.signed(author, body, (author, "submit")), Reason.SIGNER_REPEATED)
    assert_refused(union, union.signed(author, body, own, own), Reason.SIGNER_REPEATED)
    assert union.send(union.signed(author, body, own)).refusal is None


def test_a_swing_line_is_signed_by_both_members_and_by_nobody_else():
    union = world()
    body = c.SetSwingLine("QN", 5)
    assert_refused(union, union.signed("QM", body), Reason.APPROVAL_MISSING)
    assert_refused(union, union.signed("QM", body, ("QM", "approve")), Reason.SIGNATURE_SUPERFLUOUS)
    assert_refused(union, union.signed("QM", body, ("QO", "approve")), Reason.SIGNATURE_SUPERFLUOUS)
    assert union.send(union.signed("QM", body, ("QN", "approve"))).refusal is None


def test_a_charter_can_put_any_command_under_four_eyes():
    rules = charter(four_eyes=("SubmitPayments", "SetSwingLine"))
    assert cosigners_of(rules, A1, batch(())) == ((A1, Role.APPROVE),)
    assert cosigners_of(rules, "QM", c.SetSwingLine("QN", 1)) == (("QM", Role.APPROVE), ("QN", Role.APPROVE))
    assert cosigners_of(rules, "QM", c.IssueMoney(A1, "IDR", 1)) == ()


def test_of_several_reasons_of_time_the_lowest_number_is_reported():
    union = world()
    long_ago = {"valid_from_us": 0, "valid_until_us": YEAR_US}
    far_ahead = {"valid_from_us": 2 * NOON_US, "valid_until_us": 2 * NOON_US + YEAR_US}
    body = c.CallCycle(1)
    assert_refused(union, union.signed("QM", body, **long_ago), Reason.EXPIRED)
    assert_refused(union, union.signed("QM", body, **far_ahead), Reason.NOT_YET_VALID)


def test_validity_holds_at_both_its_ends():
    for at_us in (0, 3_600_000_000):
        union = world()
        data = union.signed("QM", c.CallCycle(1))
        union.now_us += at_us
        assert union.send(data).refusal is None


def test_a_replayed_command_does_nothing_again():
    union = world()
    data = union.signed("QM", c.IssueMoney(A1, "IDR", 5), ("QM", "approve"))
    union.send(data)
    assert_refused(union, data, Reason.SEQUENCE_REPLAYED)
    assert union.balance(A1) == 205


def test_dates_of_a_command_are_dates():
    union = world()
    data = rearranged(
        made(union, "QM", c.DeclarePhase(datetime.date(2026, 11, 24), Phase.CUT_OFF)),
        lambda parts: parts[0][6].__setitem__(1, "2026-11-31"),
    )
    assert_refused(union, data, Reason.MALFORMED)
