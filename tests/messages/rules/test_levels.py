"""What is said at one level only, in order, and beside what it belongs to."""

from tests.messages.rules.examples import case, changed, each, found_in, holds

AGENT = "<{0}><FinInstnId><BICFI>{1}</BICFI></FinInstnId></{0}>"
ABOVE = "</SttlmInf>"


def above(text: str) -> tuple[str, str]:
    """Put an element into the group header."""
    return ABOVE, ABOVE + text


CASES = (
    case("ONCE-01", "cleared", above("<IntrBkSttlmDt>2026-11-25</IntrBkSttlmDt>")),
    case("ONCE-02", "cleared", above(AGENT.format("InstgAgt", "BKDDDEFFXXX"))),
    case("ONCE-03", "cleared", above(AGENT.format("InstdAgt", "BKDDDEFFXXX"))),
    case("ONCE-04", "cleared", above("<PmtTpInf><InstrPrty>HIGH</InstrPrty></PmtTpInf>")),
    case("ONCE-05", "initiation", ("<CdtrAgt>", "<ChrgBr>DEBT</ChrgBr><CdtrAgt>")),
    case("ONCE-06", "initiation", ("<CdtrAgt>", "<UltmtDbtr><Nm>Another</Nm></UltmtDbtr><CdtrAgt>")),
    case("ONCE-07", "return", ("<TxInf>", "<OrgnlGrpInf><OrgnlMsgId>M-0</OrgnlMsgId></OrgnlGrpInf><TxInf>")),
    case("ONCE-08", "cleared", above("<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>")),
    case("DATE-01", "cleared", ("<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>", "")),
    case("CHAIN-01", "cleared", ("IntrmyAgt1", "IntrmyAgt2"), ("IntrmyAgt1", "IntrmyAgt2")),
    case(
        "CHAIN-02",
        "cleared",
        ("<IntrmyAgt1>", "<IntrmyAgt2Acct><Id><Othr><Id>7</Id></Othr></Id></IntrmyAgt2Acct><IntrmyAgt1>"),
    ),
    case("ACCT-01", "cleared", ("<Id><IBAN>DE89370400440532013000</IBAN></Id>", "<Ccy>EUR</Ccy>")),
)


@each(CASES)
def test_what_stands_in_its_place_passes_and_what_does_not_is_found(each):
    holds(each)


def test_what_is_said_twice_and_the_same_is_a_warning_and_no_contradiction():
    text = changed("cleared", above("<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>"))
    assert found_in("MUF-ONCE-01", text) == []
    (finding,) = found_in("MUF-ONCE-08", text)
    assert finding.severity == "warning"


def test_a_settlement_date_in_the_group_header_is_enough():
    text = changed(
        "cleared",
        ("<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>", ""),
        above("<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>"),
    )
    assert found_in("MUF-DATE-01", text) == []


def test_an_account_with_a_proxy_alone_is_identified():
    proxy = "<Prxy><Tp><Cd>MOBN</Cd></Tp><Id>+49-1</Id></Prxy>"
    text = changed("cleared", ("<Id><IBAN>DE89370400440532013000</IBAN></Id>", proxy))
    assert found_in("MUF-ACCT-01", text) == []
