"""What messages share when they are read: absent is None, and agents, cases and originals come out as written."""

from lxml import etree

from mufakat.messages.elements import Children, assigned, bic, originally
from mufakat.messages.fault import Original
from tests.messages.banking import UETR, fi


def tree(text: str) -> Children:
    return Children(etree.fromstring(f'<T xmlns="urn:x">{text}</T>'))


def test_what_is_absent_reads_as_none_however_deep():
    empty = tree("")
    assert (empty.text("A"), empty.below("A", "B").text("C"), bic(empty, "InstgAgt")) == (None, None, None)
    assert (originally(empty).original, originally(empty).uetr, assigned(empty, "Assgnr")) == (
        None,
        None,
        None,
    )


def test_of_repeated_elements_the_first_is_read():
    assert tree("<A>1</A><A>2</A>").text("A") == "1"


def test_a_party_of_a_case_is_an_agent_or_an_organisation_with_a_bic():
    assert assigned(tree(f"<Assgnr>{fi('Agt', 'AAAAQMQM')}</Assgnr>"), "Assgnr") == "AAAAQMQM"
    party = "<Assgnr><Pty><Id><OrgId><AnyBIC>BBBBQNQN</AnyBIC></OrgId></Id></Pty></Assgnr>"
    assert assigned(tree(party), "Assgnr") == "BBBBQNQN"


def test_a_transaction_names_the_payment_and_the_message_that_it_is_about():
    found = originally(
        tree(
            "<OrgnlGrpInf><OrgnlMsgId>M</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId></OrgnlGrpInf>"
            f"<OrgnlEndToEndId>E</OrgnlEndToEndId><OrgnlUETR>{UETR}</OrgnlUETR>"
        )
    )
    assert (found.end_to_end_id, found.uetr) == ("E", UETR)
    assert found.original == Original(message_id="M", definition="pacs.008.001.08")
