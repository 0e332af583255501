"""A participant gets what it chose, and what is in force of all else."""

import pytest

from mufakat.gateway.preference import EVERYBODY, Preference, Preferences
from mufakat.messages.versions import IN_FORCE

CHOSEN = Preference(practice="CBPR+", versions=("pacs.008.001.10", "head.001.001.03"))


def test_what_nobody_chose_is_what_is_in_force():
    assert {kind: EVERYBODY.of("LUALQMA0XXX").definition(kind) for kind in IN_FORCE} == IN_FORCE


@pytest.mark.parametrize("bic", ["LUALQMA0XXX", "LUALQMA0"])
def test_what_a_participant_chose_it_gets_and_nobody_else(bic):
    preferences = Preferences({"LUALQMA0XXX": CHOSEN})
    assert preferences.of(bic) == CHOSEN
    assert preferences.of("TANGQMA0XXX") == preferences.of(None) == Preference()
    assert CHOSEN.definition("pacs.008") == "pacs.008.001.10"
    assert CHOSEN.definition("pacs.002") == IN_FORCE["pacs.002"]


def test_what_may_be_asked_follows_from_the_practice():
    assert Preference().methods == ("CLRG",)
    assert CHOSEN.methods == ("CLRG", "INDA", "INGA")
    assert Preference(practice="CBPR+", cover=True).methods == ("CLRG", "INDA", "INGA", "COVE")


def test_the_service_says_whose_practice_a_message_follows():
    assert (Preference().service(cover=False), Preference().service(cover=True)) == (
        "mufakat.01",
        "mufakat.cov.01",
    )
    assert CHOSEN.service(cover=True) == "swift.cbprplus.cov.03"
