"""Nobody whom a payment message names is left out of what is screened."""

import re
from pathlib import Path

import pytest
from lxml import etree

from mufakat.messages.envelope import Opened, open_message
from mufakat.messages.tabular import read_obligations_csv, read_payments_csv
from mufakat.model.listing import Born, Kind
from mufakat.screening.corroborate import Known
from mufakat.screening.parties import Subject, of_message, of_obligation, of_payment
from tests.messages.official import needs_data
from tests.screening.naming import NAMED, document, transfer

SAMPLES = Path(__file__).parents[3] / "shared/data/iso20022/samples"
PAYMENTS = ("pacs.008", "pacs.009", "pacs.004", "pain.001", "pain.013")
_COMMENTS = re.compile(rb"<!--.*?-->", re.DOTALL)


def opened(data: bytes) -> Opened:
    found = open_message(data)
    assert isinstance(found, Opened), found
    return found


def by_place(data: bytes) -> dict[str, Subject]:
    (subjects,) = of_message(opened(data))
    return {each.place: each for each in subjects}


@needs_data
@pytest.mark.parametrize("kind", PAYMENTS)
def test_each_name_and_each_line_of_remittance_in_the_samples_is_screened(kind: str) -> None:
    read = 0
    for path in sorted(SAMPLES.glob(f"{kind}*")):
        found = open_message(_COMMENTS.sub(b"", path.read_bytes()))
        if not isinstance(found, Opened):
            continue  # nothing of it is put to the union
        read += 1
        space = f"{{{etree.QName(found.document).namespace}}}"
        named = {
            " ".join((each.text or "").split())
            for name in ("Nm", "Ustrd", "AddtlRmtInf", "InstrInf")
            for each in found.document.iter(space + name)
        } - {""}
        screened = {each.text for subjects in of_message(found) for each in subjects}
        assert named <= screened, path.name
    assert read >= {"pain.013": 0}.get(kind, 15)


@needs_data
@pytest.mark.parametrize("kind", PAYMENTS)
def test_each_bic_and_lei_in_the_samples_is_screened(kind: str) -> None:
    for path in sorted(SAMPLES.glob(f"{kind}*")):
        found = open_message(_COMMENTS.sub(b"", path.read_bytes()))
        if not isinstance(found, Opened):
            continue
        space = f"{{{etree.QName(found.document).namespace}}}"
        codes = {
            (each.text or "").strip()
            for name in ("BICFI", "BIC", "AnyBIC", "BICOrBEI", "LEI", "IBAN")
            for each in found.document.iter(space + name)
            if next(each.iterancestors(f"{space}CtctDtls", f"{space}BrnchId"), None) is None
        } - {""}
        known = {
            code for subjects in of_message(found) for each in subjects for code in each.known.identifiers
        }
        assert codes <= known, path.name


def test_a_place_is_the_xpath_from_the_transaction() -> None:
    for data in (NAMED, document(transfer("<Nm>A</Nm>"), transfer("<Nm>B</Nm>"))):
        found = opened(data)
        space = {"d": etree.QName(found.document).namespace}
        elements = found.document.findall(".//d:CdtTrfTxInf", space)
        for element, subjects in zip(elements, of_message(found), strict=True):
            for each in subjects:
                path = re.sub(r"(^|/)(\w)", r"\1d:\2", each.place)
                (at,) = element.xpath(path, namespaces=space)
                assert each.text == " ".join((at.text or "").split()) or not each.text


def test_a_party_is_known_by_what_the_message_says_of_it() -> None:
    found = by_place(NAMED)

    assert found["Dbtr/Nm"] == Subject(
        "debtor",
        "Dbtr/Nm",
        "Jane Roe",
        Known(
            kind=Kind.PERSON,
            born=(Born(1971, 1971),),
            countries=("MY", "ID", "SG"),
            identifiers=("P-123456",),
        ),
    )
    assert found["Cdtr/Nm"].known == Known(
        kind=Kind.ENTITY, countries=("PH",), identifiers=("ABCDPHM1", "529900T8BM49AURSDO55")
    )


def test_a_party_without_a_name_is_screened_by_its_identifiers() -> None:
    found = by_place(NAMED)

    assert found["CdtrAgt"] == Subject(
        "creditor's agent", "CdtrAgt", "", Known(kind=Kind.ENTITY, identifiers=("LPHIPHM0XXX",))
    )
    assert found["CdtrAcct"].known.identifiers == ("GB29NWBK60161331926819",)


def test_a_contact_is_somebody_else_than_the_party() -> None:
    contact = by_place(NAMED)["Cdtr/CtctDtls/Nm"]

    assert (contact.role, contact.text, contact.known) == ("contact of creditor", "Joe Bloggs", Known())


def test_texts_are_screened_as_prose_and_names_as_names() -> None:
    found = by_place(NAMED)

    assert {place for place, each in found.items() if each.prose} == {
        "RmtInf/Ustrd[1]",
        "RmtInf/Ustrd[2]",
        "InstrForCdtrAgt/InstrInf",
    }


def test_who_initiated_an_order_is_screened_with_each_of_its_transfers() -> None:
    data = Path("examples/orders/01-order.in.xml").read_bytes()

    for subjects in of_message(opened(data)):
        roles = {each.role: each for each in subjects}
        assert roles["debtor"].place.startswith("../Dbtr")
        assert roles["initiating party"].place.startswith("../../GrpHdr/InitgPty")
        assert "creditor" in roles


def test_each_transaction_has_its_own_parties() -> None:
    first, second = of_message(opened(document(transfer("<Nm>Alpha</Nm>"), transfer("<Nm>Beta</Nm>"))))

    assert [each.text for each in first if each.role == "debtor"] == ["Alpha"]
    assert [each.text for each in second if each.role == "debtor"] == ["Beta"]


def test_a_row_of_payments_names_parties_and_agents() -> None:
    rows, faults = read_payments_csv(Path("examples/linked.csv").read_bytes())
    assert not faults

    found = {each.role: each for each in of_payment(rows[0])}

    assert found["debtor's agent"].known.identifiers == (rows[0].debtor_agent,)
    assert found["creditor's agent"].known.identifiers == (rows[0].creditor_agent,)


def test_a_name_in_a_row_is_screened_with_its_iban_and_with_no_other_number() -> None:
    table = (
        "uetr,end_to_end_id,debtor_agent,creditor_agent,currency,amount,value_date,debtor_name,debtor_account,"
        "creditor_name,creditor_account\n"
        "8a562c67-ca16-48ba-b074-65581be6f011,E1,LUALQMA0XXX,LUBEQNA0XXX,QMD,1.00,2026-11-24,"
        "Jane  Roe,1234567,John Doe,GB29NWBK60161331926819\n"
    )
    (row,), faults = read_payments_csv(table.encode())
    assert not faults

    debtor, creditor, *_ = of_payment(row)

    assert (debtor.place, debtor.text, debtor.known.identifiers) == ("debtor_name", "Jane Roe", ())
    assert (creditor.text, creditor.known.identifiers) == ("John Doe", ("GB29NWBK60161331926819",))


def test_a_row_of_obligations_names_two_firms() -> None:
    rows, _ = read_obligations_csv(Path("examples/obligations.csv").read_bytes())

    creditor, debtor = of_obligation(rows[0])

    assert (creditor.role, creditor.known.identifiers) == ("creditor", (rows[0].creditor,))
    assert (debtor.role, debtor.known.identifiers) == ("debtor", (rows[0].debtor,))
