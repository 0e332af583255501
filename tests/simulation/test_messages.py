"""Made-up credit transfers: valid, the same from one seed, every payment with a UETR of its own."""

from mufakat.messages.fault import Fault
from mufakat.messages.pacs import read_customer_credit_transfer
from mufakat.simulation.messages import credit_transfers


def test_each_file_is_one_that_banks_could_send():
    uetrs = []
    for data in credit_transfers(7, 3, 40):
        message = read_customer_credit_transfer(data)
        assert not isinstance(message, Fault), message
        assert len(message.transactions) == 40
        assert all(
            each.debtor.name and each.creditor.account and each.remittance for each in message.transactions
        )
        uetrs += [each.uetr for each in message.transactions]
    assert len(set(uetrs)) == 120


def test_the_seed_decides_the_bytes():
    first = list(credit_transfers(1, 2, 3))
    assert first == list(credit_transfers(1, 2, 3))
    assert first != list(credit_transfers(2, 2, 3))
