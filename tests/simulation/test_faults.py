import csv
import datetime
from collections import Counter

import pytest
from lxml import etree

from mufakat.model import identifier
from mufakat.model.refusal import EXPLANATIONS, Reason
from mufakat.simulation.faults import NOBODY

SAFE = etree.XMLParser(resolve_entities=False, no_network=True)


AGAIN = "the same payment in another message"
USED = {AGAIN, "UETR of another payment"}


def only_id(text):
    """Return the identifier of a message."""
    return etree.fromstring(text.encode(), SAFE).findtext(".//{*}MsgId")


def texts(written, what):
    """Return the texts of the files planted with this fault."""
    directory, day = written
    return [(directory / fault.path).read_text() for fault in day.faults if fault.what == what]


def only(written, what, element):
    """Return the text of `element` in each file planted with this fault."""
    found = [
        etree.fromstring(text.encode(), SAFE).find(f".//{{*}}{element}") for text in texts(written, what)
    ]
    assert found
    return found


def test_a_few_dozen_faults_are_planted_and_each_expects_a_code_of_the_rules(written):
    _, day = written
    codes = {explanation.code for explanation in EXPLANATIONS.values()}

    assert 40 <= len(day.faults) <= 60
    assert {fault.expected_code for fault in day.faults} <= codes
    assert len({(fault.path, fault.line) for fault in day.faults}) == len(day.faults)


def test_each_code_is_the_one_of_its_reason(written):
    expected = {fault.what: fault.expected_code for fault in written[1].faults}
    reasons = {
        AGAIN: Reason.DUPLICATE,
        "debtor agent's account is closed": Reason.ACCOUNT_CLOSED,
        "creditor agent unknown": Reason.UNKNOWN_CREDITOR_AGENT,
        "amount zero": Reason.AMOUNT_ZERO,
        "decimals that the currency does not have": Reason.AMOUNT_DECIMALS,
        "above the limit for one payment": Reason.ABOVE_PAYMENT_LIMIT,
        "issuer is on holiday": Reason.CURRENCY_CLOSED,
        "value date yesterday": Reason.VALUE_DATE_PAST,
        "currency that nobody in the union issues": Reason.UNKNOWN_CURRENCY,
        "amount unreadable": Reason.AMOUNT_INVALID,
        "creditor unknown": Reason.UNKNOWN_FIRM,
        "firm owes itself": Reason.SAME_PARTY,
        "obligation registered already": Reason.DUPLICATE,
        "due date unreadable": Reason.DATE_INVALID,
        "DOCTYPE with an entity": Reason.FILE_INVALID,
    }

    assert {what: expected[what] for what in reasons} == {
        what: EXPLANATIONS[reason].code for what, reason in reasons.items()
    }


def test_a_repeated_payment_comes_after_its_original_in_a_message_of_its_own(written):
    directory, day = written
    repeated = [directory / fault.path for fault in day.faults if fault.what == AGAIN]

    assert len(repeated) == 3
    for path in repeated:
        name = only_id(path.read_text())
        original = path.read_text().replace(name, name.removeprefix("F"))
        (twin,) = [each for each in path.parent.iterdir() if each.read_text() == original]
        assert twin < path


def test_uetrs_repeat_only_where_it_was_planned(written):
    directory, day = written
    planned = [f.path for f in day.faults if f.what in USED]
    seen: Counter[str] = Counter()
    cut_off = {fault.path for fault in day.faults if fault.what == "file cut off in the middle"}
    for path in sorted(directory.glob("payments/*/*.xml")):
        relative = path.relative_to(directory).as_posix()
        if relative in cut_off:
            continue
        for element in etree.parse(str(path), SAFE).iterfind(".//{*}UETR"):
            assert identifier.uetr(element.text) == element.text
            seen[element.text] += 1

    assert len(planned) == sum(count - 1 for count in seen.values()) == 6


def test_cut_off_files_are_no_xml(written):
    for text in texts(written, "file cut off in the middle"):
        with pytest.raises(etree.XMLSyntaxError):
            etree.fromstring(text.encode())


@pytest.mark.parametrize(
    "what",
    [
        "mandatory ChrgBr missing",
        "mandatory MsgId missing",
        "ChrgBr stands before the amount",
        "amount negative",
    ],
)
def test_schema_faults_are_refused_by_the_official_schema(written, official, what):
    schema = official("pacs.008.001.08")

    assert not any(schema.validate(etree.fromstring(text.encode())) for text in texts(written, what))


def test_faults_of_business_follow_the_official_schema(written, official):
    schema = official("pacs.008.001.08")
    payments = [f for f in written[1].faults if f.path.startswith("payments/")]
    business = {f.what for f in payments if f.expected_code != "FF01" and not f.what.startswith("version ")}

    for what in business - USED:
        for text in texts(written, what):
            schema.assertValid(etree.fromstring(text.encode()))


def test_each_payment_fault_is_what_it_says(written, region):
    closed_bank, closed_currency = region.closed
    for currency in only(written, "debtor agent's account is closed", "IntrBkSttlmAmt"):
        assert currency.get("Ccy") == closed_currency
    assert all(f"<DbtrAgt><FinInstnId><BICFI>{closed_bank}<" in text for text in
               texts(written, "debtor agent's account is closed"))  # fmt: skip
    assert all(NOBODY in text for text in texts(written, "creditor agent unknown"))
    assert NOBODY not in {bank.bic for bank in region.banks}
    for date in only(written, "issuer is on holiday", "IntrBkSttlmDt"):
        assert datetime.date.fromisoformat(date.text) in region.member("QP").holidays
    for amount in only(written, "decimals that the currency does not have", "IntrBkSttlmAmt"):
        assert (amount.get("Ccy"), amount.text[-3:]) == ("VND", ".50")
    assert all("<!DOCTYPE" in text for text in texts(written, "DOCTYPE with an entity"))
    (commented,) = only(written, "comment inside the amount", "IntrBkSttlmAmt")
    assert len(commented) == 1
    (header,) = texts(written, "AppHdr names another message")
    assert "<MsgDefIdr>pacs.009.001.08<" in header


def test_each_row_fault_names_its_line(written):
    directory, day = written
    columns = {"amount unreadable": 4, "due date unreadable": 5}
    for fault in (fault for fault in day.faults if fault.line):
        with (directory / fault.path).open(newline="") as file:
            rows = list(csv.reader(file))
        row = rows[fault.line - 1]
        if fault.what in columns:
            assert row[columns[fault.what]].endswith(("x", "/26"))
        elif fault.what == "firm owes itself":
            assert row[1] == row[2]
        elif fault.what == "obligation registered already":
            assert rows.index(row) < fault.line - 1
        else:
            assert fault.what == "creditor unknown"
