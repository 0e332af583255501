from pathlib import Path

from lxml import etree

from mufakat.projections import balance, timeline

UETR = "7f0c2a64-2a0b-4b7e-9d51-0a3c6f1e2b90"


def status_of(receipt) -> list[str]:
    tree = etree.parse(receipt.report)
    return [each.text for each in tree.iter("{*}TxSts")]


def test_a_payment_file_settles_and_is_answered(small, examples):
    (receipt,) = small.take(examples / "payment.xml")
    assert [each.status for each in receipt.results] == ["settled"]
    assert status_of(receipt) == ["ACSC"]
    assert timeline.payment(small.node.views.sql, UETR).status == "settled"


def test_a_file_sent_again_changes_nothing_and_is_answered_as_a_duplicate(small, examples):
    small.take(examples / "payment.xml", examples / "obligations.csv")
    before = balance.positions(small.node.views.sql), timeline.obligations(small.node.views.sql)
    payment, obligations = small.take(examples / "payment.xml", examples / "obligations.csv")
    assert status_of(payment) == ["RJCT"]
    assert {each.rejection.code for each in (*payment.results, *obligations.results)} == {"AM05"}
    assert (balance.positions(small.node.views.sql), timeline.obligations(small.node.views.sql)) == before


def test_a_bad_file_stops_no_other(small, examples):
    broken = small.file("broken.xml", (examples / "payment.xml").read_bytes()[:900])
    good, bad, missing = small.take(examples / "payment.xml", broken, Path("not-there.xml"))
    assert good.refused == 0
    assert (bad.rejection.code, missing.rejection.code) == ("FF01", "FF01")
    assert "cannot be read" in missing.rejection.text


def test_a_schema_fault_is_answered_with_the_message_identifier(small, examples):
    text = (examples / "payment.xml").read_text().replace("<EndToEndId>E2E-0001</EndToEndId>", "")
    (receipt,) = small.take(small.file("faulty.xml", text))
    assert receipt.rejection.code == "FF01"
    tree = etree.parse(receipt.report)
    assert next(tree.iter("{*}OrgnlMsgId")).text == "LUAL-2026-0001"
    assert next(tree.iter("{*}GrpSts")).text == "RJCT"


def test_an_agent_whose_key_is_not_here_is_told_so(small, examples):
    small.home.keys.joinpath("LUALQMA0XXX", "submit.key").unlink()
    (receipt,) = small.take(examples / "payment.xml")
    assert receipt.results[0].rejection.code == "DS0E"
    assert timeline.payment(small.node.views.sql, UETR) is None


def test_an_unknown_debtor_agent_is_not_a_missing_key(small, examples):
    text = (examples / "payment.xml").read_text().replace("LUALQMA0XXX", "NOBKQMA0XXX")
    (receipt,) = small.take(small.file("unknown.xml", text))
    assert receipt.results[0].rejection.code == "RC03"


def test_bad_rows_of_a_table_leave_the_others(small, examples):
    lines = (examples / "obligations.csv").read_text().splitlines()
    lines[2] = lines[2].replace("420000.00", "-1")
    (receipt,) = small.take(small.file("rows.csv", "\n".join(lines) + "\n"))
    assert [each.status for each in receipt.results] == ["accepted", "refused", "accepted"]
    assert receipt.results[1].rejection.line == 3


def test_who_registers_decides_whether_the_debt_is_accepted(small, examples):
    (receipt,) = small.take(examples / "obligations.csv", author="UDAYQNA0XXX")
    statuses = [each.status for each in receipt.results]
    assert statuses == ["refused", "registered", "accepted"]
    assert receipt.results[0].rejection.text.startswith("This is not the author's own affair")


def test_amounts_and_dates_are_refused_with_their_codes(small, examples):
    text = (examples / "payment.xml").read_text()
    cases = {
        "125000.505": "AM12",
        "0.00": "AM01",
        "500000000000.01": "AM13",
    }
    files = [small.file(f"{n}.xml", text.replace("125000.50", amount)) for n, amount in enumerate(cases)]
    files.append(small.file("past.xml", text.replace("Dt>2026-11-24", "Dt>2026-11-23")))
    files.append(small.file("weekend.xml", text.replace("Dt>2026-11-24", "Dt>2026-11-28")))
    codes = [receipt.results[0].rejection.code for receipt in small.take(files[0])]
    for file in files[1:]:
        fresh = file.read_text().replace(UETR, UETR.replace("7f0c2a64", f"{files.index(file):08x}"))
        codes += [each.results[0].rejection.code for each in small.take(small.file(f"u{file.name}", fresh))]
    assert codes == [*cases.values(), "DT01", "DT03"]


def test_many_obligations_of_one_bank_go_into_commands_of_the_charters_size(small):
    header = "id,debtor,creditor,currency,amount,due\n"
    firms = "XQM000Z25M79K5DF5N82,XQM000X0YDNYSV30K078"
    rows = "".join(f"R{n},{firms},IDR,1.00,2026-11-24\n" for n in range(4_100))
    before = small.node.entries
    (receipt,) = small.take(small.file("many.csv", header + rows))
    assert receipt.refused == 0
    assert small.node.entries - before == 2
