"""Identifiers: forms, check digits, countries."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import bic, iban
from stdnum.iso7064 import mod_97_10

from mufakat.model.country import COUNTRIES, is_country
from tests.messages.rules.examples import UETR, case, changed, each, found_in, holds

DEBTOR, CREDITOR = "DE89370400440532013000", "GB29NWBK60161331926819"
CASES = (
    case("UETR-01", "cleared", ("-4b7e-", "-1b7e-")),
    case("UETR-02", "cleared", (f"<UETR>{UETR}</UETR>", "")),
    case("BIC-01", "cleared", ("<BICFI>BKCCFRPPXXX", "<BICFI>BKCCANPPXXX")),
    case("LEI-01", "cleared", ("5493001KJTIIGC8Y1R12", "5493001KJTIIGC8Y1R13")),
    case("IBAN-01", "cleared", (DEBTOR, "DE88370400440532013000")),
    case("IBAN-02", "cleared", (CREDITOR, "GB28NWBK60161331926819")),
    case("IBAN-03", "statement", (DEBTOR, "DE88370400440532013000")),
    case("IBAN-04", "cleared", (DEBTOR, iban.calc_check_digits("DE00" + "3" * 20).join(("DE", "3" * 20)))),
    case("CTRY-01", "cleared", ("<Ctry>GB", "<Ctry>UK")),
    case("REF-02", "cleared", ("<InstrId>I-1", "<InstrId>/I-1")),
    case("PTY-01", "cleared", ("<Nm>Budi Plc", "<Nm>Not provided")),
)


@each(CASES)
def test_an_identifier_that_holds_passes_and_one_that_does_not_is_found(each):
    holds(each)


def test_each_country_with_ibans_is_one():
    listed = {country for country in COUNTRIES | {"XK", "UK"} if iban._ibandb.info(country)[0][1]}
    assert len(listed) > 70 and "UK" not in listed


@pytest.mark.parametrize(
    "text", ["7F0C2A64-2A0B-4B7E-9D51-0A3C6F1E2B90", "no", UETR[:-1], UETR.replace("-9d", "-7d")]
)
def test_a_uetr_is_a_uuid_of_version_4_in_lower_case(text):
    assert found_in("MUF-UETR-01", changed("cleared", (UETR, text)))


@pytest.mark.parametrize("said", ["", "BKCC", "BKCCFRPPXX", "BKCCFR99999X", "bkccfrppxxx"])
def test_what_is_no_bic_is_found(said):
    assert found_in("MUF-BIC-01", changed("cleared", ("BKCCFRPPXXX", said)))


def test_a_bic_in_the_header_is_looked_at_too():
    (finding,) = found_in("MUF-BIC-01", changed("correspondent", ("BKAADEFFXXX", "BKAA99FFXXX")))
    assert "/AppHdr/Fr/" in finding.path


@given(
    st.integers(min_value=0, max_value=10**18 - 1), st.integers(min_value=1, max_value=9), st.integers(4, 21)
)
def test_a_digit_that_slips_in_an_iban_is_found(account, slip, at):
    body = f"{account:018}"
    good = f"DE{iban.calc_check_digits(f'DE00{body}')}{body}"
    assert found_in("MUF-IBAN-01", changed("cleared", (DEBTOR, good))) == []
    bad = good[:at] + str((int(good[at]) + slip) % 10) + good[at + 1 :]
    assert found_in("MUF-IBAN-01", changed("cleared", (DEBTOR, bad)))


@given(st.from_regex(re.compile(r"[A-Z0-9]{18}"), fullmatch=True))
def test_an_lei_passes_with_its_own_check_digits_alone(body):
    good = body + mod_97_10.calc_check_digits(body)
    assert found_in("MUF-LEI-01", changed("cleared", ("5493001KJTIIGC8Y1R12", good))) == []
    wrong = good[:-2] + f"{(int(good[-2:]) + 1) % 100:02}"
    assert found_in("MUF-LEI-01", changed("cleared", ("5493001KJTIIGC8Y1R12", wrong)))


def test_an_account_of_a_user_assigned_country_may_look_like_an_iban():
    body = "0" * 20
    text = changed("cleared", (DEBTOR, f"QM{iban.calc_check_digits(f'QM00{body}')}{body}"))
    assert found_in("MUF-IBAN-04", text) == []


@pytest.mark.parametrize("said", ["/a", "a/", "a//b", "/"])
def test_slashes_that_fin_cuts_at_are_found(said):
    assert found_in("MUF-REF-02", changed("cleared", ("<InstrId>I-1", f"<InstrId>{said}")))


def test_a_slash_inside_a_reference_passes():
    assert found_in("MUF-REF-02", changed("cleared", ("<InstrId>I-1", "<InstrId>a/b/c"))) == []


@given(st.from_regex(re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?"), fullmatch=True))
def test_a_bic_passes_when_a_second_reader_takes_it_or_its_country_is_a_users(said):
    found = found_in("MUF-BIC-01", changed("cleared", ("BKCCFRPPXXX", said)))
    users = is_country(said[4:6]) and said[4:6] not in COUNTRIES
    assert (found == []) == (bic.is_valid(said) or users)


def test_an_iban_of_a_country_without_ibans_is_found():
    body = "0" * 20
    text = changed("cleared", (DEBTOR, f"US{iban.calc_check_digits(f'US00{body}')}{body}"))
    (finding,) = found_in("MUF-IBAN-04", text)
    assert "US is no country with IBANs" in finding.text
