"""Names and addresses: structured, hybrid, and those of lines alone, which have ended."""

import pytest

from tests.messages.rules.examples import case, changed, each, found_in, holds

STRUCTURED = "<PstlAdr>\n<TwnNm>London</TwnNm>\n<Ctry>GB</Ctry>\n</PstlAdr>"
LINES = "<PstlAdr><AdrLine>1 Long Street</AdrLine><AdrLine>London GB</AdrLine></PstlAdr>"
OLD = ("2026-11-24T09:00:00", "2026-11-13T09:00:00")
CASES = (
    case("ADR-01", "cleared", ("<TwnNm>London</TwnNm>", "")),
    case(
        "ADR-02",
        "cleared",
        ("<Ctry>GB</Ctry>\n", "<Ctry>GB</Ctry>" + "".join(f"<AdrLine>{n}</AdrLine>" for n in "123")),
    ),
    case("ADR-03", "cleared", (STRUCTURED, LINES)),
    case(
        "ADR-04",
        "cleared",
        ("1 Long Street", "1 Long Street, behind the third house on the left"),
        before=(OLD, (STRUCTURED, LINES)),
    ),
    case("ADR-05", "cleared", ("<Ctry>GB</Ctry>\n", "<Ctry>GB</Ctry><AdrLine>LONDON</AdrLine>")),
    case("PTY-02", "cleared", ("<Nm>Budi Plc</Nm>", "")),
    case("AGT-01", "cleared", ("BKCCFRPPXXX</BICFI>", "BKCCFRPPXXX</BICFI><Nm>Bank C</Nm>")),
)


@each(CASES)
def test_an_address_that_is_whole_passes_and_another_is_found(each):
    holds(each)


@pytest.mark.parametrize(("day", "rule"), [("2026-11-13", "MUF-ADR-04"), ("2026-11-14", "MUF-ADR-03")])
def test_lines_alone_ended_on_the_fourteenth_of_november_2026(day, rule):
    long = LINES.replace("1 Long", "1" * 40)
    text = changed("cleared", ("2026-11-24T09:00:00", f"{day}T09:00:00"), (STRUCTURED, long))
    assert [each for each in ("MUF-ADR-03", "MUF-ADR-04") if found_in(each, text)] == [rule]


def test_a_hybrid_address_has_two_lines_of_seventy_characters():
    two = "<Ctry>GB</Ctry>" + "<AdrLine>{}</AdrLine>" * 2
    assert found_in("MUF-ADR-02", changed("cleared", ("<Ctry>GB</Ctry>", two.format("a" * 70, "b")))) == []
    assert found_in("MUF-ADR-02", changed("cleared", ("<Ctry>GB</Ctry>", two.format("a" * 71, "b"))))


def test_four_lines_were_too_many_before():
    four = "<PstlAdr>" + "<AdrLine>a</AdrLine>" * 4 + "</PstlAdr>"
    assert found_in("MUF-ADR-04", changed("cleared", OLD, (STRUCTURED, four)))
