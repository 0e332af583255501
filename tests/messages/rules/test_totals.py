"""Counts and sums: what does not add up is found at the number that says so."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.messages.rules.examples import TRANSFER, case, changed, each, found_in, holds

TOTAL = (
    "<SttlmInf>",
    '<TtlIntrBkSttlmAmt Ccy="EUR">2500.00</TtlIntrBkSttlmAmt><IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt><SttlmInf>',
)
OTHER = TRANSFER.replace("T-1", "T-2").replace("7f0c2a64", "7f0c2a65")
CASES = (
    case("TOT-01", "cleared", ("<NbOfTxs>1<", "<NbOfTxs>2<")),
    case("TOT-02", "initiation", ("<CtrlSum>2500.00<", "<CtrlSum>2500.01<")),
    case("TOT-03", "cleared", ("2500.00</Ttl", "2500.01</Ttl"), before=(TOTAL,)),
    case(
        "TOT-04", "cleared", ('<TtlIntrBkSttlmAmt Ccy="EUR"', '<TtlIntrBkSttlmAmt Ccy="USD"'), before=(TOTAL,)
    ),
    case("TOT-05", "cleared", ("<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt><Sttlm", "<Sttlm"), before=(TOTAL,)),
    case(
        "TOT-06",
        "initiation",
        ("<NbOfTxs>1</NbOfTxs>\n<CtrlSum>2500.00</CtrlSum>\n<PmtTp", "<NbOfTxs>3</NbOfTxs>\n<PmtTp"),
    ),
    case("TOT-07", "initiation", ("<CtrlSum>2500.00</CtrlSum>\n<PmtTp", "<CtrlSum>25.00</CtrlSum>\n<PmtTp")),
    case("UETR-03", "cleared", ("</FIToFI", OTHER.replace("7f0c2a65", "7f0c2a64") + "</FIToFI")),
    case("REF-01", "cleared", ("</FIToFI", OTHER.replace("T-2", "T-1") + "</FIToFI")),
    case("STMT-01", "statement", ("<NbOfNtries>1<", "<NbOfNtries>2<")),
    case("STMT-02", "statement", (">70.00<", ">71.00<")),
)


@each(CASES)
def test_what_adds_up_passes_and_what_does_not_is_found(each):
    holds(each)


def test_a_second_transaction_with_references_of_its_own_is_counted_and_passes():
    text = changed("cleared", ("<NbOfTxs>1<", "<NbOfTxs>2<"), ("</FIToFI", OTHER + "</FIToFI"))
    assert not [each for rule in ("MUF-TOT-01", "MUF-UETR-03", "MUF-REF-01") for each in found_in(rule, text)]


def test_a_report_of_balances_sums_up_what_it_does_not_list():
    text = changed("statement")
    start, end = text.index("<Ntry>"), text.index("</Stmt>")
    assert found_in("MUF-STMT-01", text[:start] + text[end:]) == []


def test_a_page_of_a_statement_may_have_the_balances_of_the_whole():
    page = "<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>"
    text = changed("statement", (">70.00<", ">71.00<"), ("<Acct>", f"{page}<Acct>"))
    assert found_in("MUF-STMT-02", text) == []


def test_a_sum_of_an_amount_that_is_none_is_not_compared():
    text = changed("cleared", TOTAL, ('<IntrBkSttlmAmt Ccy="EUR">2500.00', '<IntrBkSttlmAmt Ccy="EUR">1e5'))
    assert found_in("MUF-TOT-03", text) == []


@given(
    st.lists(
        st.decimals(min_value=Decimal("0.01"), max_value=Decimal("9" * 13), places=5), min_size=1, max_size=6
    )
)
def test_a_control_sum_is_found_wrong_when_it_is_and_only_then(amounts):
    one = '<CdtTrfTxInf><IntrBkSttlmAmt Ccy="EUR">{}</IntrBkSttlmAmt></CdtTrfTxInf>'
    text = changed("cleared", ("<SttlmInf>", f"<CtrlSum>{sum(amounts):f}</CtrlSum><SttlmInf>"))
    start, end = text.index("<CdtTrfTxInf>"), text.index("</FIToFI")
    text = text[:start] + "".join(one.format(f"{each:f}") for each in amounts) + text[end:]
    assert found_in("MUF-TOT-02", text) == []
    (finding,) = found_in("MUF-TOT-02", text.replace("<CtrlSum>", "<CtrlSum>1", 1))
    assert finding.path.endswith("/GrpHdr/CtrlSum") and finding.code == "AM10"
