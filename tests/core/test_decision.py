from mufakat.core import apply
from mufakat.core.decision import refused
from mufakat.model.event import CycleCalled, LimitSet
from mufakat.model.outcome import DONE
from mufakat.model.refusal import Reason
from tests.strategies import world
from tests.union import A1


def test_a_decision_sees_what_its_events_before_did():
    union = world()
    account = union.state.accounts[f"settlement/{A1}/IDR"].id
    seen = []

    def decide():
        for limit in (5, 7):
            yield LimitSet(account, limit)
            seen.append(union.state.accounts[account].limit)
        return DONE

    outcome, events = apply._run(union.state, decide())
    assert (outcome, seen, [event.limit for event in events]) == (DONE, [5, 7], [5, 7])


def test_a_decision_without_events_changes_nothing():
    union = world()
    before = union.state.root()

    def decide():
        yield from ()
        return refused(Reason.WRONG_CYCLE)

    outcome, events = apply._run(union.state, decide())
    assert (outcome.refusal.reason, events, union.state.root()) == (Reason.WRONG_CYCLE, [], before)
    assert CycleCalled not in [type(event) for event in events]
