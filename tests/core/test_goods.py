"""Goods rules in force: what they refuse is registered on no way, and nothing of its document goes on."""

import datetime
import hashlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core import goods
from mufakat.core.binding import lists_of
from mufakat.core.docket import CaseStatus, case_key, listed_key
from mufakat.core.goods import met
from mufakat.core.state import ObligationStatus
from mufakat.model.command import AcceptObligations, HoldItem, ObligationItem, RegisterObligations
from mufakat.model.goods import Effect, GoodsFlagged, Place
from mufakat.model.listing import UNION_GOODS, UNION_LIST, Alias, BringList, Entry, Kind, digest_of
from mufakat.model.outcome import Status
from mufakat.model.refusal import Reason
from mufakat.model.trade import DocumentKind, GoodsLine, RegisterTradeRecords, TradeRecordRegistered
from mufakat.model.verdict import DecideCase, Rescreen, Screened, Verdict
from tests.model.test_embargo import rule
from tests.naive import goods_rules_met
from tests.union import A1, A2, B1, BANKS, TUESDAY, invoice, lei, settled_world

TUBES = rule("tubes", "7304", Effect.REFUSE, (Place.ORIGIN, Place.DISPATCH), ("QN",))
LOOK = msgspec.structs.replace(TUBES, id="look", effect=Effect.REVIEW)
WATCH = msgspec.structs.replace(TUBES, id="watch", effect=Effect.WATCH)
PROVEN = f"{lei(2)}/INV-9"


def refused(outcome):
    return None if outcome.refusal is None else outcome.refusal.reason


def bring(union, member, *rules, name=UNION_GOODS, gone=(), dated=TUESDAY):
    listing = union.state.listings.get(name)
    base = b"" if listing is None else listing.version
    return union.tell(member, BringList(name, dated, base, gone=gone, rules=rules))


def named(rule):
    return rule.id, digest_of(rule)


def entry(rule, name=UNION_GOODS):
    return f"{name}/{rule.id}/{digest_of(rule).hex()}"


def world(*rules, **charter):
    union = settled_world(1_000, **charter)
    if rules:
        assert bring(union, "QM", *rules).status is Status.DONE
    return union


def record(union, author=A2, **change):
    (found,) = union.record(author, invoice(**change)).items
    return found


def owe(union, **change):
    outcome = union.owe(0, 2, 50, id=PROVEN, **change)
    assert outcome.items[0].status is Status.ACCEPTED
    return PROVEN


def status(union, name=PROVEN):
    return union.state.obligations[name].status


def test_an_embargoed_invoice_is_refused_with_rule_resolution_and_paragraph():
    union = world(TUBES)
    found = record(union)
    assert (found.status, found.refusal.reason) == (Status.REFUSED, Reason.GOODS_EMBARGOED)
    assert found.refusal.detail == "Line 1, HS code 730431: goods; UNSCR 1 (2017), paragraph 1 (rule tubes)."
    assert len(union.state.trade_records) == 0
    (told,) = (each for each in union.events if isinstance(each, GoodsFlagged))
    assert [(each.entry, each.effect, each.line) for each in told.met] == [(entry(TUBES), Effect.REFUSE, 1)]


def test_other_goods_and_other_ways_pass():
    union = world(TUBES)
    assert record(union, goods=(GoodsLine("270900", "QN"),)).status is Status.REGISTERED
    change = {"number": "INV-2", "goods": (GoodsLine("730431", "DE"),), "dispatch": "DE"}
    assert record(union, **change).status is Status.REGISTERED


def test_a_rule_holds_from_when_its_list_is_brought_and_on_its_days():
    tomorrow = TUESDAY + datetime.timedelta(1)
    union = world(msgspec.structs.replace(TUBES, since=tomorrow))
    assert record(union).status is Status.REGISTERED
    union.pass_days(1)
    assert record(union, number="INV-2").refusal.reason is Reason.GOODS_EMBARGOED


def test_what_an_embargoed_record_proves_is_blocked_and_takes_part_in_no_cycle():
    union = world(TUBES)
    owe(union)
    union.owe(2, 0, 50)
    assert record(union, obligations=(PROVEN,)).refusal.reason is Reason.GOODS_EMBARGOED
    assert status(union) is ObligationStatus.BLOCKED
    union.cycle()
    assert (status(union), union.state.obligations[PROVEN].open) == (ObligationStatus.BLOCKED, 50)


def test_a_case_lets_a_blocked_obligation_go_and_never_the_record():
    union = world(TUBES)
    owe(union)
    record(union, obligations=(PROVEN,))
    case = union.state.cases[case_key(1)]
    assert (case.participant, case.entries, case.obligations[0][0]) == (A2, (entry(TUBES),), PROVEN)
    assert decide(union, A2, 1, Verdict.CLEAR).refusal is None
    assert status(union) is ObligationStatus.ACCEPTED
    assert record(union, obligations=(PROVEN,)).refusal.reason is Reason.GOODS_EMBARGOED


def test_what_a_case_lets_go_is_settled_although_its_document_was_stopped():
    union = world(TUBES)
    owe(union, document=invoice().document)
    union.owe(2, 0, 50)
    record(union, obligations=(PROVEN,))
    decide(union, A2, 1, Verdict.CLEAR)
    union.cycle()
    assert status(union) is ObligationStatus.SET_OFF


def test_others_with_the_same_document_lift_nothing():
    union = world(TUBES)
    owe(union, document=invoice().document)
    record(union)
    other = invoice(number="INV-3", buyer=lei(4), goods=(GoodsLine("270900", "QN"),))
    assert union.record(A2, other).items[0].status is Status.REGISTERED
    union.owe(2, 0, 50)
    union.cycle()
    assert status(union) is ObligationStatus.ACCEPTED


def decide(union, bank, case, verdict):
    member = BANKS[bank]
    return union.tell(bank, DecideCase(case, member, verdict, "Looked at.", Screened()), (member, "approve"))


def test_an_obligation_of_the_same_document_stops_too_in_whichever_order_they_come():
    document = invoice().document
    union = world(TUBES)
    owe(union, document=document)
    record(union)
    union.owe(2, 0, 50)
    union.cycle()
    assert union.state.obligations[PROVEN].open == 50
    late = union.owe(0, 2, 70, document=document).items[0]
    assert (late.refusal.reason, late.refusal.detail) == (Reason.GOODS_EMBARGOED, entry(TUBES))
    assert union.owe(0, 4, 70, document=document).items[0].status is Status.ACCEPTED


def test_a_debt_of_a_stopped_document_is_not_accepted():
    union = world(TUBES)
    item = ObligationItem(PROVEN, lei(0), lei(2), "IDR", 50, TUESDAY, invoice().document)
    union.must(A2, RegisterObligations((item,)))
    record(union)
    (found,) = union.tell(A1, AcceptObligations((PROVEN,))).items
    assert found.refusal.reason is Reason.GOODS_EMBARGOED


def test_a_document_goes_on_once_its_record_is_registered():
    union = world(TUBES)
    record(union)
    assert bring(union, "QM", gone=(named(TUBES),)).status is Status.DONE
    assert record(union).refusal.reason is Reason.GOODS_EMBARGOED
    assert bring(union, "QN", gone=(named(TUBES),)).status is Status.DONE
    assert record(union).status is Status.REGISTERED
    owe(union, document=invoice().document)


def test_review_holds_the_record_with_what_it_proves_until_its_case_is_cleared():
    union = world(LOOK)
    owe(union)
    found = record(union, obligations=(PROVEN,))
    assert (found.status, found.refusal.reason) == (Status.HELD, Reason.GOODS_TO_REVIEW)
    assert status(union) is ObligationStatus.BLOCKED
    assert record(union, obligations=(PROVEN,)).refusal.reason is Reason.UNDER_REVIEW
    assert decide(union, A2, 1, Verdict.CLEAR).refusal is None
    assert invoice().id in union.state.trade_records
    assert status(union) is ObligationStatus.ACCEPTED
    assert union.owe(0, 2, 70, document=invoice().document).items[0].status is Status.ACCEPTED


def test_no_case_lets_a_record_go_that_a_rule_refuses_by_then():
    union = world(LOOK)
    record(union)
    assert bring(union, "QN", TUBES).status is Status.DONE
    assert refused(decide(union, A2, 1, Verdict.CLEAR)) is Reason.GOODS_EMBARGOED
    assert union.state.cases[case_key(1)].status is CaseStatus.UNDER_REVIEW
    assert len(union.state.trade_records) == 0


def test_holding_a_record_is_no_way_round():
    union = world(TUBES)
    owe(union)
    somebody = Entry(id="QDi.1", kind=Kind.PERSON, names=(Alias("Somebody Listed"),))
    union.must("QN", BringList(UNION_LIST, TUESDAY, b"", (somebody,)))
    screened = Screened(lists_of(union.state, A2), bytes(32))
    meant = (listed_key(UNION_LIST, somebody.id, digest_of(somebody)),)
    held = union.tell(A2, HoldItem(screened, meant, trade=invoice(obligations=(PROVEN,))))
    assert held.items[0].refusal.reason is Reason.GOODS_EMBARGOED
    assert status(union) is ObligationStatus.BLOCKED


def test_a_held_record_that_asks_for_review_too_is_held_for_both():
    union = world(LOOK)
    somebody = Entry(id="QDi.1", kind=Kind.PERSON, names=(Alias("Somebody Listed"),))
    union.must("QN", BringList(UNION_LIST, TUESDAY, b"", (somebody,)))
    meant = (listed_key(UNION_LIST, somebody.id, digest_of(somebody)),)
    union.tell(A2, HoldItem(screened(union, A2), meant, trade=invoice()))
    assert union.state.cases[case_key(1)].entries == (*meant, entry(LOOK))


def test_a_watched_record_is_registered_and_the_log_says_so():
    union = world(WATCH)
    assert record(union).status is Status.REGISTERED
    told = [each for each in union.events if isinstance(each, GoodsFlagged | TradeRecordRegistered)]
    assert [type(each).__name__ for each in told] == ["TradeRecordRegistered", "GoodsFlagged"]
    assert len(union.state.stopped) == 0


def test_own_rules_bind_the_banks_of_their_member_on_either_side_and_nobody_else():
    union = world()
    assert bring(union, "QN", TUBES, name="QN/goods").status is Status.DONE
    assert record(union).status is Status.REGISTERED  # between two banks of QM
    change = {"number": "INV-2", "buyer": lei(4)}
    assert union.state.firms[lei(4)].agent == B1
    assert record(union, **change).refusal.reason is Reason.GOODS_EMBARGOED
    assert record(union, B1, **change).refusal.reason is Reason.GOODS_EMBARGOED
    assert record(union, **{**change, "buyer": lei(8)}).status is Status.REGISTERED


def test_rules_come_by_any_members_word_and_go_by_a_seconds():
    union = world(TUBES, LOOK)
    assert [each.entry for each in met(union.state, invoice(), (A1, A2))] == [entry(TUBES), entry(LOOK)]
    again = msgspec.structs.replace(TUBES, paragraph="2")
    assert bring(union, "QO", again, gone=(named(TUBES),)).status is Status.DONE
    rules = [each.met.rule.paragraph for each in met(union.state, invoice(), (A1, A2))]
    assert sorted(rules) == ["1", "1", "2"], "the old one stays until a second member says that it goes"
    assert bring(union, "QN", gone=(named(TUBES),)).status is Status.DONE
    assert [each.met.rule.paragraph for each in met(union.state, invoice(), (A1, A2))] == ["2", "1"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rules": (msgspec.structs.replace(TUBES, hs="77"),)}, Reason.LIST_INVALID),
        ({"rules": (TUBES, TUBES)}, Reason.LIST_INVALID),
        ({"rules": ()}, Reason.LIST_INVALID),
        ({"list": "un"}, Reason.LIST_INVALID),
        ({"list": "goods"}, Reason.LIST_INVALID),
        ({"list": "QN/goods"}, Reason.NOT_OWN_AFFAIR),
        ({"list": "QM/names"}, Reason.LIST_INVALID),
    ],
)
def test_a_list_of_rules_that_is_not_in_order_is_refused(change, reason):
    body = BringList(UNION_GOODS, TUESDAY, b"", rules=(TUBES,))
    assert refused(world().tell("QM", msgspec.structs.replace(body, **change))) is reason


def test_goods_rules_ask_nobody_to_screen_names_anew():
    union = world(TUBES)
    assert union.pay(amount=10).statuses[0] == Status.SETTLED


# -- whatever is said, in whatever order -------------------------------------------------------------------

_RULES = st.builds(
    lambda hs, effect, place, country, days: rule(
        f"{hs}-{effect}-{place}-{country}-{days}",
        hs,
        effect,
        (place,),
        (country,),
        since=None if days is None else TUESDAY + datetime.timedelta(days),
    ),
    st.sampled_from(("", "73", "7304", "730431", "73043110", "2709")),
    st.sampled_from(Effect),
    st.sampled_from(Place),
    st.sampled_from(("QN", "KP", "SG", "DE")),
    st.sampled_from((None, 0, 1)),
)
_ITEMS = st.builds(
    lambda number, code, origin, dispatch, buyer, kind: invoice(
        kind=kind,
        number=f"N-{number}",
        document=hashlib.sha256(b"%d" % number).digest(),
        goods=(GoodsLine("270900", "DE"), GoodsLine(code, origin)),
        dispatch=dispatch,
        buyer=lei(buyer),
        obligations=(PROVEN,) if buyer == 0 else (),
    ),
    st.integers(0, 9),
    st.sampled_from(("730431", "73043110", "270900")),
    st.sampled_from(("QN", "KP", "DE")),
    st.sampled_from(("QN", "KP", "DE")),
    st.sampled_from((0, 4, 8)),
    st.sampled_from((DocumentKind.INVOICE, DocumentKind.BILL_OF_LADING)),
)
_STEPS = st.one_of(
    st.tuples(st.just("bring"), st.sampled_from((UNION_GOODS, "QM/goods", "QN/goods-own")), _RULES),
    st.tuples(st.just("gone"), st.sampled_from(("QM", "QN")), st.just(None)),
    st.tuples(st.just("record"), st.sampled_from((A1, A2, B1)), _ITEMS),
    st.tuples(st.just("record"), st.sampled_from((A1, A2, B1)), _ITEMS),
    st.tuples(st.just("hold"), st.sampled_from((A1, A2)), _ITEMS),
    st.tuples(st.just("decide"), st.sampled_from(Verdict), st.integers(1, 6)),
    st.tuples(st.just("day"), st.just(1), st.just(None)),
    st.tuples(st.just("cycle"), st.just(0), st.just(None)),
)
_MEANT = Entry(id="QDi.1", kind=Kind.PERSON, names=(Alias("Somebody Listed"),))


def play(steps):
    """Play steps, and name the records that were registered although a rule in force refuses them."""
    union = world()
    union.must("QN", BringList(UNION_LIST, TUESDAY, b"", (_MEANT,)))
    screen(union)
    union.tell(A1, RegisterObligations((debt(),), screened(union, A1)))
    wrong = []
    for what, who, more in steps:
        before = len(union.events)
        step(union, what, who, more)
        wrong += [
            event.item.id
            for event in union.events[before:]
            if isinstance(event, TradeRecordRegistered) and is_refused(union.state, event)
        ]
    return wrong


def debt():
    return ObligationItem(PROVEN, lei(0), lei(2), "IDR", 50, TUESDAY, bytes(32))


def screened(union, author):
    return Screened(lists_of(union.state, author), bytes(32))


def screen(union):
    for bank in BANKS:
        union.tell(bank, Rescreen(screened(union, bank)))


def step(union, what, who, more):
    match what:
        case "bring":
            bring(union, "QM" if who == UNION_GOODS else who[:2], more, name=who)
        case "gone":
            there = [each for each in union.state.listed.records() if each.rule and not each.gone]
            for each in there[:1]:
                bring(union, who, name=each.list, gone=((each.id, each.digest),))
        case "record":
            union.tell(who, RegisterTradeRecords((more,), screened(union, who)))
        case "hold":
            meant = (listed_key(UNION_LIST, _MEANT.id, digest_of(_MEANT)),)
            union.tell(who, HoldItem(screened(union, who), meant, trade=more))
        case "decide":
            case = union.state.cases.get(case_key(more))
            if case is not None:
                body = DecideCase(more, case.member, who, "Looked at.", screened(union, case.participant))
                union.tell(case.participant, body, (case.member, "approve"))
        case "day":
            union.pass_days(1)
        case "cycle":
            union.cycle()


def is_refused(state, event):
    members = {BANKS[event.seller_agent], BANKS[event.buyer_agent]}
    rules = [
        each.rule
        for each in state.listed.records()
        if each.rule and not each.gone and (each.list == UNION_GOODS or each.list[:2] in members)
    ]
    return any(effect == Effect.REFUSE for _, effect, _ in goods_rules_met(rules, event.item, state.day.date))


@settings(max_examples=120, deadline=None)
@given(st.lists(_STEPS, max_size=14))
def test_no_record_that_a_rule_in_force_refuses_is_ever_registered(steps):
    assert play(steps) == []


EMBARGO = ("bring", UNION_GOODS, TUBES)
ROUNDS = [
    [EMBARGO, ("record", A2, invoice())],
    [EMBARGO, ("hold", A2, invoice()), ("decide", Verdict.CLEAR, 1)],
    [("hold", A2, invoice()), EMBARGO, ("decide", Verdict.CLEAR, 1)],
]


@pytest.mark.parametrize("steps", ROUNDS)
def test_the_property_would_notice_rules_that_do_not_look(steps, monkeypatch):
    assert play(steps) == []
    monkeypatch.setattr(goods, "met", lambda *_: ())
    assert play(steps) == [invoice().id]
