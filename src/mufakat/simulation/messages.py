"""Made-up credit transfers as banks send them, to measure a gateway: pacs.008 files of one or many transactions.

The same seed gives the same files. They say what the usage guidelines for payments across borders ask for: each
party with its name, whole address, LEI and account, references of parties and of agents, the amount as instructed,
for whom the debtor pays, a purpose, and which invoice is paid.
"""

import random
import uuid
from collections.abc import Iterator, Sequence
from typing import Final

from stdnum.iso7064 import mod_97_10

from mufakat.simulation.documents import Message, Party, Transfer, pacs_008
from mufakat.simulation.ledger import CURRENCY, DATE
from mufakat.simulation.naming import Registrar

_FIRMS: Final = 60
_BANKS: Final = 8
_MOST_MINOR: Final = 10**10


def credit_transfers(seed: int, files: int, transactions: int) -> Iterator[bytes]:
    """Give so many pacs.008.001.08 with so many transactions each."""
    chance = random.Random(seed)
    registrar = Registrar(chance)
    banks = [
        registrar.bic(f"Bank {number}".replace(" ", "")[:3] + chr(65 + number), "XA")
        for number in range(_BANKS)
    ]
    firms = [
        Party(
            registrar.firm_name(each % 5),
            "Pelabuhan",
            "XA",
            registrar.lei("XA"),
            _iban(chance),
            f"Jalan {chance.choice(('Merdeka', 'Pahlawan', 'Sungai Raya', 'Kenanga'))}",
            str(chance.randrange(1, 400)),
            f"{chance.randrange(10**5):05}",
            iban=True,
        )
        for each in range(_FIRMS)
    ]
    for number in range(files):
        payer = chance.choice(banks)
        transfers = tuple(_transfer(chance, banks, firms, payer) for _ in range(transactions))
        message = Message(8, f"{payer[:8]}-{number:08}", "2026-11-24T09:00:00Z", payer, transfers)
        yield pacs_008(message).encode()


def _iban(chance: random.Random) -> str:
    account = f"BANK{chance.randrange(10**14):014}"
    return f"XA{mod_97_10.calc_check_digits(account + 'XA')}{account}"


def _transfer(chance: random.Random, banks: Sequence[str], firms: Sequence[Party], payer: str) -> Transfer:
    debtor, creditor, last = chance.sample(firms, 3)
    minor = chance.randrange(1, _MOST_MINOR)
    return Transfer(
        uetr=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        reference=f"E2E-{chance.randrange(10**12):012}",
        currency=CURRENCY,
        amount=f"{minor // 100}.{minor % 100:02}",
        value_date=DATE.isoformat(),
        channel="RTGS",
        debtor=debtor,
        creditor=creditor,
        creditor_agent=chance.choice([each for each in banks if each != payer]),
        remittance=f"Invoice INV-{chance.randrange(10**6):06}, goods, contract {chance.randrange(10**4):04}/26",
        identified=True,
        purpose="GDDS",
        ultimate_debtor=last,
        invoice=f"INV-{chance.randrange(10**6):06}",
    )
