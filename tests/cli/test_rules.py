"""Governing from the command line: propose, vote, withdraw, proposals, rules; what it prints and how it ends."""

import hashlib
import json

import pytest

from mufakat.cli.rules import Status
from mufakat.core.law import ProposalStatus
from mufakat.model.charter import Role
from mufakat.node.keys import KeyRing
from tests.cli.conftest import EXAMPLES
from tests.cli.test_fields import words_of
from tests.program import run
from tests.union import lei, newcomer


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "rule.txt"
    path.write_text("Obligations due within twenty days are set off.")
    return path


@pytest.fixture
def say(union, text):
    """Say words of this union; returns what it gives as JSON."""

    def saying(*words: object):
        more = ("--text", text) if words[0] == "propose" else ()
        done = run("--home", union, *words, *more, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return saying


@pytest.fixture(scope="module")
def proposed(tmp_path_factory):
    """A union with one open proposal; nothing that is said to it changes it."""
    home = tmp_path_factory.mktemp("proposed") / "u"
    assert run("--home", home, "init", "--charter", EXAMPLES / "charter.toml").returncode == 0
    assert run("--home", home, "day", "open", "2026-11-24").returncode == 0
    assert run("--home", home, *HORIZON, "--text", __file__).returncode == 0
    yield home
    (left,) = json.loads(run("--home", home, "proposals", "--json").stdout)["proposals"]
    assert (left["status"], left["changed"]) == ("open", left["entry"])


HORIZON = ("propose", "QM", "SetRule", "name=set_off_horizon_days", "value=20")


def test_a_rule_is_proposed_voted_and_in_force_with_the_hash_of_its_text(say, union, text):
    proposal = say(*HORIZON)["proposal"]
    assert (proposal["number"], proposal["status"], proposal["rule_class"]) == (1, "open", "ordinary")
    assert proposal["text"] == hashlib.sha256(text.read_bytes()).hexdigest()
    assert say("vote", "QN", 1)["proposal"]["status"] == "passed"
    shown = say("proposals", 1)
    assert [(each["member"], each["in_favour"]) for each in shown["ballots"]] == [("QM", True), ("QN", True)]
    for words in (("cutoff",), ("close",), ("open", "2026-11-25")):
        assert run("--home", union, "day", *words).returncode == 0
    (enacted,) = say("proposals", "--status", "enacted")["proposals"]
    assert enacted["number"] == 1

    told = say("rules")
    assert told["rules"]["set_off_horizon_days"] == 20
    (law,) = [each for each in told["laws"] if each["name"] == "rules.set_off_horizon_days"]
    assert (law["text"], law["proposal"], law["version"]) == (proposal["text"], 1, 2)
    assert [each["member"] for each in told["standings"]] == ["QM", "QN"]
    assert say("rules", "--history", "rules.set_off_horizon_days") == {"laws": [law]}
    assert [each["name"] for each in say("rules", "--version", 1)["laws"]] == ["charter"]


def test_what_is_said_is_shown_on_the_terminal_too(union, text):
    def said(*words: object) -> str:
        done = run("--home", union, *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert said(*HORIZON, "--text", text) == "Proposal 1: SetRule, class ordinary, open.\n"
    assert "SetRule name=set_off_horizon_days value=20" in said("proposals")
    assert said("vote", "QN", 1, "--against") == "Proposal 1: SetRule, class ordinary, open.\n"
    one = said("proposals", 1)
    assert "in favour" in one and "against" in one
    assert said("withdraw", "QM", 1) == "Proposal 1: SetRule, class ordinary, withdrawn.\n"
    rules = said("rules")
    assert "governance.voting_days" in rules and "founding" in rules and "active" in rules
    assert "governance.voting_days" not in said("rules", "--version", 1)
    own = said("propose", "QM", "AmendEntry", "member=QM", "name=Bank of Melama", "--text", text)
    assert own == "Proposal 2: AmendEntry, class own, enacted.\n"
    assert "member.QM.entry" in said("rules", "--history", "member.QM.entry")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("vote", "QN", 7), 1, "UNKNOWN_PROPOSAL (NARR)"),
        (("withdraw", "QN", 1), 1, "NOT_OWN_AFFAIR"),
        (("vote", "QM", 1), 1, "ALREADY_VOTED"),
        (("vote", "QO", 1), 1, "no vote key of QO is on this machine"),
        (("proposals", 7), 1, "no such proposal 7"),
        (("rules", "--history", "rules.king"), 1, "nobody ever voted on rules.king"),
        (("propose", "QM", "SetRule", "name=king", "value=1", "--text", "TEXT"), 1, "UNKNOWN_RULE"),
        (("propose", "QM", "HaltUnion", "--text", "none.txt"), 1, "none.txt"),
        (("propose", "QM", "HaltUnion"), 2, "--text FILE"),
        (("propose", "QM", "King", "--text", "TEXT"), 2, "no 'King'; there are AdmitMember, "),
        (("propose", "QM", "SuspendMember", "who=QN", "--text", "TEXT"), 2, "SuspendMember takes member"),
        (("propose", "QM", "SuspendMember", "--text", "TEXT"), 2, "SuspendMember: member missing"),
        (
            ("propose", "QM", "AdoptList", "name=un", "version=x", "digest=", "--text", "TEXT"),
            2,
            "AdoptList.version: ",
        ),
        (("vote", "QN", 0), 2, ""),
        (("vote", "QN", "one"), 2, ""),
        (("proposals", "--status", "king"), 2, "king"),
        (("rules", "--version", 0), 2, ""),
        (("rules", "--version", 1, "--history", "charter"), 2, "not both"),
    ],
)
def test_what_cannot_be_is_told_and_has_its_exit_code(proposed, words, code, told):
    done = run("--home", proposed, *(__file__ if word == "TEXT" else word for word in words))
    assert done.returncode == code, done.stderr
    assert told in done.stderr


def test_a_proposal_can_stand_as_the_rules_let_it():
    assert [each.value for each in Status] == [each.name.lower() for each in ProposalStatus]


CHANGES = {
    "AmendEntry": ['holidays=["2026-12-25", "2026-12-26"]', "member=QM", "max_payment=100000"],
    "SetRule": ["name=four_eyes", 'value=["IssueMoney", "CastVote"]'],
    "SuspendMember": ["member=QN"],
    "ReleaseMember": ["member=QN"],
    "LeaveUnion": ["member=QM"],
    "AdoptList": ["name=regional", "version=7", f"digest={'12' * 32}"],
    "AdoptProtocol": ["version=2", "height=1000"],
    "HaltUnion": [],
}


def test_every_kind_of_change_is_written_on_the_command_line(say, union):
    ring = KeyRing(union / "keys")
    granted = [{"public": "ab" * 32, "roles": ["audit"]}]
    changes = {
        **CHANGES,
        "RotateKeys": [
            "owner=QM",
            f"granted={json.dumps(granted)}",
            f'revoked=["{ring.public("QM", Role.AUDIT).hex()}"]',
        ],
    }
    for number, (kind, words) in enumerate(changes.items(), start=1):
        proposal = say("propose", "QM", kind, *words)["proposal"]
        assert (proposal["number"], proposal["kind"]) == (number, kind)
    refused = {"ReadmitMember": (["member=QN"], "WRONG_STATUS"), "ResumeUnion": ([], "WRONG_STATUS")}
    refused["AdmitMember"] = words_of(newcomer()), "CONSENT_MISSING"
    for kind, (words, reason) in refused.items():
        done = run("--home", union, "propose", "QM", kind, *words, "--text", __file__, "--json")
        assert (done.returncode, json.loads(done.stdout)["reason"]) == (1, reason), kind


ENTRY = f"""
id = "QP"
name = "Central Bank of Perlas"
bic = "CBPEQPA0XXX"
lei = "{lei(110)}"
currency = "PHP"
decimals = 2
max_payment = "1000000.00"
holidays = [2026-12-30]
"""


def test_a_new_member_consents_and_is_admitted(say, union, text, tmp_path):
    home, whole, consent = tmp_path / "qp", tmp_path / "whole.toml", tmp_path / "QP.consent"
    keys = run("--home", home, "keys", "make", "QP", "--plain").stdout
    whole.write_text((union / "charter.toml").read_text() + f"\n[[members]]\n{ENTRY}{keys}")
    done = run("--home", home, "charter", "consent", whole, "--as", "QP", "--out", consent)
    assert done.returncode == 0, done.stderr
    kind, words = "AdmitMember", consent.read_text().splitlines()

    other = run(
        "--home", union, "propose", "QM", kind, words[0].replace("PHP", "THB"), words[1], "--text", text
    )
    assert (other.returncode, "CONSENT_MISSING" in other.stderr) == (1, True)
    assert say("propose", "QM", kind, *words)["proposal"]["status"] == "open"
    assert say("vote", "QN", 1)["proposal"]["status"] == "passed"
    for step in (("cutoff",), ("close",), ("open", "2026-11-30")):
        assert run("--home", union, "day", *step).returncode == 0
    assert [each["member"] for each in say("rules")["standings"]] == ["QM", "QN", "QP"]
