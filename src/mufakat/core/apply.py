"""The whole of the rules as one table: from a command to its handler, from an event to what it changes.

`execute` is the only way in which a state changes, for the live node, for replay and for the auditor.
"""

from collections.abc import Callable, Generator
from typing import Any, Final

import msgspec

from mufakat.core import (
    arrears,
    case,
    certificate,
    charge,
    collateral,
    day,
    default,
    exchange,
    fixing,
    goods,
    governance,
    hold,
    interest,
    issuance,
    leaving,
    listing,
    loss,
    member,
    obligation,
    payment,
    periodic,
    queue,
    queue_terms,
    recheck,
    release,
    resolution,
    setoff,
    settlement,
    trade,
    verdict,
)
from mufakat.core import credit as swing
from mufakat.core.authorisation import advance_sequence, authenticate, refuse
from mufakat.core.decision import Decision
from mufakat.core.state import State
from mufakat.model import case as held
from mufakat.model import command as c
from mufakat.model import default as d
from mufakat.model import event as e
from mufakat.model import queueing as q
from mufakat.model import ruling as r
from mufakat.model import setoff as asked
from mufakat.model import swing as s
from mufakat.model.charter import PROTOCOLS, Genesis, faults_of_genesis
from mufakat.model.dealing import (
    ExchangeSettled,
    OfferQuote,
    QuoteExpired,
    QuoteOffered,
    QuoteWithdrawn,
    SubmitExchange,
    WithdrawQuote,
)
from mufakat.model.default import DeclareDefault, PledgeCollateral, ReleaseCollateral, RepayLoss
from mufakat.model.goods import GoodsFlagged
from mufakat.model.listing import BringList, ListBrought
from mufakat.model.outcome import Outcome, Status
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.setoff import SetOffTerms
from mufakat.model.trade import RecheckTradeRecords, RegisterTradeRecords, TradeRecordRegistered
from mufakat.model.verdict import AllowName, DecideCase, Rescreen

# A handler takes the body type of its own row; a literal dictionary cannot say that of each row.
HANDLERS: Final[dict[type, Callable[[State, str, Any], Decision]]] = {
    c.RegisterParticipant: member.register_participant,
    c.OpenAccount: member.open_account,
    c.CloseAccount: member.close_account,
    c.EnrolFirms: member.enrol_firms,
    c.IssueMoney: issuance.issue_money,
    c.RedeemMoney: issuance.redeem_money,
    c.SetLimit: issuance.set_limit,
    c.SetSwingLine: swing.set_swing_line,
    c.DeclarePhase: day.declare_phase,
    c.CallCycle: settlement.call_cycle,
    c.SubmitPayments: payment.submit,
    c.CancelPayment: payment.cancel,
    c.ReturnPayment: payment.give_back,
    c.RegisterObligations: obligation.register,
    c.AcceptObligations: obligation.accept,
    c.DisputeObligations: obligation.dispute,
    c.ReserveLiquidity: issuance.reserve_liquidity,
    c.Propose: governance.propose,
    c.CastVote: governance.cast_vote,
    c.WithdrawProposal: governance.withdraw,
    q.AmendPayment: queue.amend,
    q.AllowBypass: queue_terms.allow_bypass,
    q.LimitPayments: queue_terms.limit_payments,
    q.ResolveQueues: resolution.resolve_queues,
    c.SubmitFixings: fixing.submit_fixings,
    SetOffTerms: setoff.state_terms,
    c.SetSwingTerms: interest.set_swing_terms,
    c.SettleSwing: settlement.settle_swing,
    OfferQuote: exchange.offer_quote,
    WithdrawQuote: exchange.withdraw_quote,
    SubmitExchange: exchange.submit_exchange,
    c.CertifyCycle: certificate.certify_cycle,
    PledgeCollateral: collateral.pledge_collateral,
    ReleaseCollateral: collateral.release_collateral,
    DeclareDefault: default.declare,
    RepayLoss: default.repay,
    RegisterTradeRecords: trade.register,
    RecheckTradeRecords: recheck.recheck,
    BringList: listing.bring,
    c.HoldItem: case.hold_item,
    Rescreen: verdict.rescreen,
    DecideCase: case.decide,
    AllowName: verdict.allow,
}

EVOLVERS: Final[dict[type, Callable[[State, Any], None]]] = {
    e.UnionFounded: member.evolve_founded,
    e.SequenceAdvanced: advance_sequence,
    e.ParticipantRegistered: member.evolve_participant_registered,
    e.AccountOpened: member.evolve_account_opened,
    e.AccountClosed: member.evolve_account_closed,
    e.FirmsEnrolled: member.evolve_firms_enrolled,
    e.MoneyIssued: issuance.evolve_money_issued,
    e.MoneyRedeemed: issuance.evolve_money_redeemed,
    e.LimitSet: issuance.evolve_limit_set,
    e.SwingLineSet: swing.evolve_swing_line_set,
    e.LiquidityReserved: issuance.evolve_liquidity_reserved,
    e.PhaseDeclared: day.evolve_declared,
    e.PhaseEntered: day.evolve_entered,
    e.CycleCalled: settlement.evolve_called,
    e.PaymentAccepted: payment.evolve_accepted,
    e.PaymentQueued: queue.evolve_queued,
    e.PaymentSettled: release.evolve_settled,
    e.PaymentsSettled: payment.evolve_settled_on_entry,
    e.RecordsPosted: payment.evolve_posted,
    e.PaymentRejected: payment.evolve_rejected,
    e.PaymentCancelled: payment.evolve_cancelled,
    e.PaymentReturned: payment.evolve_returned,
    e.ObligationRegistered: obligation.evolve_registered,
    e.ObligationAccepted: obligation.evolve_accepted,
    e.ObligationDisputed: obligation.evolve_disputed,
    e.ObligationsSetOff: obligation.evolve_set_off,
    e.PositionsNetted: settlement.evolve_netted,
    e.SwingDrawn: swing.evolve_drawn,
    e.SwingRepaid: swing.evolve_repaid,
    e.NetDebitReserved: settlement.evolve_reserved,
    e.CycleSettled: settlement.evolve_settled,
    q.PaymentAmended: queue.evolve_amended,
    q.PaymentPartSettled: release.evolve_part,
    q.PaymentsOffset: queue.evolve_offset,
    q.QueuesResolved: resolution.evolve_resolved,
    q.BypassAllowed: queue_terms.evolve_bypass,
    q.PaymentsLimited: queue_terms.evolve_limited,
    e.FixingsSubmitted: fixing.evolve_submitted,
    e.FixingsAgreed: fixing.evolve_agreed,
    s.SwingTermsSet: interest.evolve_terms,
    s.SwingInterestAccrued: interest.evolve_accrued,
    s.SwingSettlementCalled: settlement.evolve_swing_called,
    s.SwingSettled: periodic.evolve_settled,
    s.SwingPositionMeasured: charge.evolve_measured,
    s.SwingCharged: charge.evolve_charged,
    s.SwingBraked: settlement.evolve_told,
    s.ConcentrationAlerted: settlement.evolve_told,
    QuoteOffered: exchange.evolve_offered,
    QuoteWithdrawn: exchange.evolve_withdrawn,
    QuoteExpired: exchange.evolve_expired,
    ExchangeSettled: exchange.evolve_settled,
    asked.SetOffTermsStated: setoff.evolve_terms,
    asked.ObligationsAcrossSetOff: obligation.evolve_set_off,
    asked.SetOffAcrossOmitted: settlement.evolve_told,
    e.CycleCertified: certificate.evolve_certified,
    e.CycleSigned: certificate.evolve_signed,
    e.CycleAttested: certificate.evolve_attested,
    r.ChangeProposed: governance.evolve_proposed,
    r.VoteCast: governance.evolve_vote,
    r.ProposalPassed: governance.evolve_passed,
    r.ProposalWithdrawn: governance.evolve_withdrawn,
    r.ProposalExpired: governance.evolve_expired,
    r.ProposalLapsed: governance.evolve_lapsed,
    r.ChangeEnacted: governance.evolve_enacted,
    r.CharterAmended: governance.evolve_charter,
    r.KeysRotated: member.evolve_keys_rotated,
    r.MemberAdmitted: member.evolve_admitted,
    r.StandingChanged: governance.evolve_standing,
    r.MemberLeft: leaving.evolve_left,
    r.UnionHalted: governance.evolve_halted,
    r.UnionResumed: governance.evolve_resumed,
    r.ProtocolScheduled: governance.evolve_scheduled,
    r.ProtocolAdopted: governance.evolve_protocol,
    d.CollateralPledged: collateral.evolve_pledged,
    d.CollateralReleased: collateral.evolve_released,
    d.DefaultCalled: default.evolve_called,
    d.DefaultDeclared: loss.evolve_declared,
    d.LossCovered: loss.evolve_covered,
    d.LossDeferred: loss.evolve_deferred,
    d.LossCalled: loss.evolve_called,
    d.LossRecovered: loss.evolve_recovered,
    d.DefaultEnded: loss.evolve_ended,
    d.CoverageMeasured: arrears.evolve_measured,
    TradeRecordRegistered: trade.evolve_registered,
    ListBrought: listing.evolve_brought,
    GoodsFlagged: goods.evolve_flagged,
    held.PaymentHeld: hold.evolve_payment_held,
    held.ObligationHeld: hold.evolve_obligation_held,
    held.TradeRecordHeld: hold.evolve_trade_record_held,
    held.Rescreened: verdict.evolve_rescreened,
    held.CaseDecided: case.evolve_decided,
    held.CaseEscalated: case.evolve_escalated,
    held.NameAllowed: verdict.evolve_allowed,
    held.AllowanceEnded: listing.evolve_ended,
}

_MOVES_MONEY_ALONE: Final = frozenset(
    (
        e.SequenceAdvanced,
        e.PaymentAccepted,
        e.PaymentQueued,
        e.PaymentSettled,
        e.PaymentsSettled,
        e.RecordsPosted,
        e.PaymentRejected,
        e.PaymentCancelled,
        e.PaymentReturned,
        q.PaymentAmended,
        q.PaymentPartSettled,
        q.PaymentsOffset,
        q.QueuesResolved,
        QuoteOffered,
        QuoteWithdrawn,
        QuoteExpired,
        ExchangeSettled,
    )
)
"""After any other event it is looked anew which accounts payments can settle over."""

MOST_AHEAD: Final = 10_000
"""How many commands of one key may wait before a node for those that come before them."""


class ProtocolUnknown(Exception):
    """From here on the union runs a version of the rules that this program does not know. Install a newer one."""

    def __init__(self, version: int) -> None:
        super().__init__(
            f"the union runs protocol {version}; this program knows {PROTOCOLS}: install a newer one"
        )
        self.version: Final = version


def found(genesis: Genesis) -> State | list[str]:
    """Make the first state of a union, or name what is wrong with its genesis."""
    faults = faults_of_genesis(genesis)
    return faults or member.found(genesis.charter)


def execute(state: State, command: bytes | c.Arrival, at_us: int) -> tuple[Outcome, tuple[e.AnyEvent, ...]]:
    """Deal with one command as it stands on the log, at log time `at_us` (UTC microseconds).

    What its bytes say may have been found out before (`model.command.arrive`): that changes nothing but the time.

    Changes `state`, and returns the command's outcome and the events that led to it. Never raises for
    what a command says: whatever its bytes, it ends in an outcome. Raises ProtocolUnknown, before anything is
    changed, when the union's rules are newer than this program.
    """
    _refuse_protocol(state.protocol)
    read = _read(command, state.charter.rules.max_command_bytes)
    if isinstance(read, Refusal):
        return Outcome(Status.REFUSED, read, rules=state.version), ()
    signed, digest = read
    admitted = authenticate(state, signed, digest, at_us)
    if isinstance(admitted, Refusal):
        return Outcome(Status.REFUSED, admitted, rules=state.version), ()
    due = governance.due_protocol(state)
    if due is not None:
        _refuse_protocol(due.version)
        evolve(state, due)
    version, instruction = state.version, signed.instruction
    evolve(state, admitted)
    outcome, events = _run(state, _decided(state, instruction))
    switched = (due,) if due is not None else ()
    return msgspec.structs.replace(outcome, rules=version), (*switched, admitted, *events)


def admit(state: State, data: bytes, at_us: int) -> c.SignedCommand | Refusal:
    """Return a command that may stand in a later block, or why a node need not keep it.

    As when it is decided, but the commands of the same key that come before it may still be on their way.
    """
    read = _read(data, state.charter.rules.max_command_bytes)
    if isinstance(read, Refusal):
        return read
    signed, digest = read
    return refuse(state, signed, digest, at_us, ahead=MOST_AHEAD) or signed


def _read(command: bytes | c.Arrival, max_bytes: int) -> tuple[c.SignedCommand, bytes] | Refusal:
    """Return a command and the digest of what is signed of it, or why it is not read."""
    if len(command.data if isinstance(command, c.Arrival) else command) > max_bytes:
        return Refusal(Reason.OVERSIZE, f"At most {max_bytes} bytes.")
    arrival = command if isinstance(command, c.Arrival) else c.arrive(command)
    return Refusal(Reason.MALFORMED) if arrival.signed is None else (arrival.signed, arrival.digest)


def _refuse_protocol(version: int) -> None:
    if version not in PROTOCOLS:
        raise ProtocolUnknown(version)


def evolve(state: State, event: e.AnyEvent) -> None:
    """Change `state` by one event."""
    EVOLVERS[type(event)](state, event)
    if type(event) not in _MOVES_MONEY_ALONE:
        state.accounts.forget_usable()


def _decided(state: State, instruction: c.Instruction) -> Decision:
    """End or begin what is due by log time, deal with the command, and then with what a halt had kept back."""
    yield from exchange.expire(state)
    yield from queue.on_time(state)
    outcome = yield from HANDLERS[type(instruction.body)](state, instruction.author, instruction.body)
    yield from queue.on_time(state)
    return outcome


def _run(state: State, decision: Generator[e.AnyEvent, None, Outcome]) -> tuple[Outcome, list[e.AnyEvent]]:
    events: list[e.AnyEvent] = []
    while True:
        try:
            event = next(decision)
        except StopIteration as end:
            outcome: Outcome = end.value
            return outcome, events
        evolve(state, event)
        events.append(event)
