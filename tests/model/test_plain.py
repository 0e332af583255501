import datetime
import json

import pytest

from mufakat.model.charter import KeyGrant, Role
from mufakat.model.command import Propose
from mufakat.model.outcome import ItemOutcome, Outcome, Status
from mufakat.model.plain import plain
from mufakat.model.proposal import SuspendMember
from mufakat.model.refusal import Reason, Refusal


def test_an_outcome_is_an_object_with_named_fields():
    outcome = Outcome(Status.DONE, None, (ItemOutcome("x", Status.REFUSED, Refusal(Reason.DUPLICATE)),))
    item = {"id": "x", "status": "refused", "refusal": {"reason": "duplicate", "detail": ""}}
    assert plain(outcome) == {"status": "done", "refusal": None, "items": [item], "rules": 1, "statuses": ""}


def test_bytes_dates_and_roles_are_texts():
    grant = KeyGrant(b"\x01\xff", (Role.VOTE,))
    data = {"day": datetime.date(2026, 11, 24), "grant": grant, "yes": True, "n": 1}
    said = {"day": "2026-11-24", "grant": {"public": "01ff", "roles": ["vote"]}, "yes": True, "n": 1}
    assert json.loads(json.dumps(plain(data))) == said


def test_one_of_several_kinds_says_which_it_is():
    said = Propose(SuspendMember("QN"), b"\x00")
    assert plain(said) == {
        "kind": "Propose",
        "change": {"kind": "SuspendMember", "member": "QN"},
        "text": "00",
    }


def test_a_float_has_no_plain_form():
    with pytest.raises(TypeError):
        plain({"amount": 1.5})
