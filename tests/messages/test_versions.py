"""The table of versions agrees with the facts, and with what the official schemas have a place for."""

import pytest

from mufakat.messages import facts
from mufakat.messages.versions import IN_FORCE, READ, WRITTEN, without_uetr
from tests.messages.official import ISO, needs_data


@needs_data
@pytest.mark.parametrize("kind", [kind for kind in READ if kind != "camt.060"])
def test_each_version_with_a_place_for_the_uetr_is_read_and_no_other(kind):
    files = sorted((ISO / "xsd").glob(f"{kind}.001.*.xsd"))
    with_uetr = [each.stem for each in files if 'UETR"' in each.read_text(encoding="utf-8")]
    assert list(READ[kind]) == with_uetr
    assert [each.stem for each in files if without_uetr(each.stem)] == [
        each.stem for each in files if each.stem not in with_uetr
    ]


@needs_data
def test_each_request_for_reports_that_names_agents_as_now_is_read():
    files = sorted((ISO / "xsd").glob("camt.060.001.*.xsd"))
    named = [each.stem for each in files if 'name="BIC"' not in each.read_text(encoding="utf-8")]
    assert list(READ["camt.060"]) == named
    assert not any(without_uetr(each.stem) for each in files)


def test_what_is_read_or_written_is_in_the_table_of_facts():
    named = {each for versions in (*READ.values(), *WRITTEN.values()) for each in versions}
    assert named | set(IN_FORCE.values()) <= facts.modules()


def test_what_is_in_force_is_among_what_can_be_chosen():
    assert all(IN_FORCE[kind] in versions for kind, versions in WRITTEN.items())
