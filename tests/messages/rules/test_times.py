"""Dates and times as far as a file alone can tell."""

import pytest

from tests.messages.rules.examples import case, changed, each, found_in, holds

CREATED = "<CreDtTm>2026-11-24T09:00:00+01:00"
VALUE = "<IntrBkSttlmDt>2026-11-24"
CASES = (
    case("TIME-01", "cleared", (CREATED, "<CreDtTm>2026-11-24T09:00:00")),
    case("TIME-02", "cleared", ("<FrTm>10:00:00+01:00", "<FrTm>10:00:00")),
    case("TIME-03", "cleared", ("<FrTm>10:00:00+01:00", "<FrTm>16:30:00+01:00")),
    case("DATE-02", "cleared", (VALUE, "<IntrBkSttlmDt>2036-11-24")),
    case("DATE-03", "cleared", (VALUE, "<IntrBkSttlmDt>2026-11-20")),
    case("DATE-04", "initiation", ("<Dt>2026-11-25", "<Dt>2026-11-20")),
)


@each(CASES)
def test_a_time_that_can_be_meant_passes_and_another_is_found(each):
    holds(each)


@pytest.mark.parametrize("moment", ["2026-11-24T09:00:00Z", "2026-11-24T09:00:00.123-05:30"])
def test_a_moment_with_its_offset_passes(moment):
    assert found_in("MUF-TIME-01", changed("cleared", (CREATED, f"<CreDtTm>{moment}"))) == []


def test_times_are_compared_across_offsets():
    text = changed("cleared", ("<FrTm>10:00:00+01:00", "<FrTm>15:30:00Z"))
    assert found_in("MUF-TIME-03", text), "15:30 UTC is half past four in Central Europe"


def test_a_value_date_on_the_day_before_may_be_one_of_another_clock():
    assert found_in("MUF-DATE-03", changed("cleared", (VALUE, "<IntrBkSttlmDt>2026-11-23"))) == []


def test_the_date_of_an_original_is_its_own():
    original = "<OrgnlTxRef><IntrBkSttlmDt>2020-01-02</IntrBkSttlmDt></OrgnlTxRef></TxInf>"
    text = changed("return", ("</TxInf>", original))
    assert found_in("MUF-DATE-02", text) == found_in("MUF-DATE-03", text) == []


@pytest.mark.parametrize("rule", ["MUF-DATE-02", "MUF-DATE-03", "MUF-TIME-03"])
def test_a_date_that_is_none_is_left_to_the_schema(rule):
    text = changed(
        "cleared", (VALUE, "<IntrBkSttlmDt>2026-02-30"), ("<FrTm>10:00:00+01:00", "<FrTm>25:00:00Z")
    )
    assert found_in(rule, text) == []
