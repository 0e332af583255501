"""A group header read: what it states for all transactions, found in its tree or by its tags."""

from mufakat.messages.envelope import open_message
from mufakat.messages.group import read_group
from tests.messages.official import credit_transfer

GROUP = (
    "<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>",
    "<InstgAgt><FinInstnId><BICFI>AAAAQMQM</BICFI></FinInstnId></InstgAgt>",
    "<PmtTpInf><ClrChanl>RTNS</ClrChanl><LclInstrm><Prtry>PARTS</Prtry></LclInstrm></PmtTpInf>",
)


def test_what_a_group_header_states_is_read_the_first_time_and_the_second():
    date, agent, kind = GROUP
    data = credit_transfer(group=date).replace(b"</GrpHdr>", f"{kind}{agent}</GrpHdr>".encode())
    opened = open_message(data)
    for _ in range(2):
        found = read_group(opened, opened.document[0][1])
        assert (found.message_id, found.created, found.number) == ("M-1", "2026-11-23T09:00:00Z", "1")
        assert (found.method, found.system, found.date) == ("CLRG", None, "2026-11-24")
        assert (found.instructing_agent, found.instructed_agent) == ("AAAAQMQM", None)
        assert found.kind == ["RTNS", None, "PARTS"]
        assert found.stated_once == ("IntrBkSttlmDt", "InstgAgt", "PmtTpInf")
        assert found.sums == ()
    assert b"2026-11-24" in found.said("IntrBkSttlmDt")


def test_the_sums_that_a_group_header_states_are_named():
    opened = open_message(credit_transfer(group='<TtlIntrBkSttlmAmt Ccy="QMD">1</TtlIntrBkSttlmAmt>'))
    assert read_group(opened, opened.document[0][1]).sums == ("TtlIntrBkSttlmAmt",)
