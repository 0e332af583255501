"""What participants chose is read whole or refused with the file, the participant and what to do."""

import pytest

from mufakat.gateway.preference import Preference
from mufakat.node.engine import SettingsFaulty
from mufakat.node.home import Home
from mufakat.node.preferences import preferences_of


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def test_without_a_file_nobody_chose_anything(home):
    assert preferences_of(home).of("LUALQMA0XXX") == Preference()


def test_each_participant_has_what_it_chose(home):
    home.participants.write_text(
        '[LUALQMA0XXX]\npractice = "CBPR+"\ncover = true\n[TANGQMA0XXX]\nversions = ["pacs.008.001.10"]\n'
    )
    found = preferences_of(home)
    assert found.of("LUALQMA0XXX") == Preference(practice="CBPR+", cover=True)
    assert found.of("TANGQMA0XXX").definition("pacs.008") == "pacs.008.001.10"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[LUALQMA0]", r"\[LUALQMA0\] is no BIC of 11 characters"),
        (
            '[LUALQMA0XXX]\nversions = ["pacs.008.001.07"]',
            "is not written; pacs.008.001.08 to .13 are",
        ),
        ('[LUALQMA0XXX]\nversions = ["pain.001.001.09"]', "is not among what is written: pacs.002"),
        ('[LUALQMA0XXX]\nversions = ["head.001.001.01", "head.001.001.02"]', "head.001 is named twice"),
        ('[LUALQMA0XXX]\npractice = "SEPA"', "Invalid enum value 'SEPA'"),
        ('[LUALQMA0XXX]\nversion = "1"', "unknown field `version`"),
        ("[LUALQMA0XXX]\ncover = true", "set the practice too"),
        ("LUALQMA0XXX = 1", "Expected `object`"),
        ("[", "participants.toml"),
        ("\xff", "participants.toml"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_file_and_the_place(home, text, why):
    home.participants.write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingsFaulty, match=why) as refused:
        preferences_of(home)
    assert str(refused.value).startswith(str(home.participants))
