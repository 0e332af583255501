"""Under which key each record of a state stands in its table."""

from collections.abc import Callable
from typing import Any, Final

from mufakat.core.accounts import Account
from mufakat.core.agreement import (
    Declaration,
    FixedRate,
    Interest,
    Position,
    Submission,
    SwingTerms,
    declaration_key,
)
from mufakat.core.attestation import Attestation, attestation_key
from mufakat.core.commitment import Record
from mufakat.core.docket import (
    Allowance,
    Case,
    Listed,
    ListedNumber,
    Listing,
    Screening,
    Stopped,
    allowance_key,
    case_key,
)
from mufakat.core.document import TradeRecord
from mufakat.core.estate import Arrear, Bearer, Default, bearer_key, default_key
from mufakat.core.law import Ballot, Law, Proposal, Seat, ballot_key, proposal_key
from mufakat.core.lines import Resolution, Terms
from mufakat.core.quote import Exchange, Quote
from mufakat.core.state import Advance, Firm, Key, Obligation, Participant, Payment
from mufakat.core.terms import FirmTerms, terms_key


def key_of(record: Record) -> str:
    """Return the key under which a record stands in its table."""
    if type(record) not in _KEYS:
        raise AssertionError(f"no key for {type(record).__name__}")
    return _KEYS[type(record)](record)


# A key is made of the record of its own row; a literal dictionary cannot say that of each row.
_KEYS: Final[dict[type, Callable[[Any], str]]] = {
    Key: lambda key: key.public.hex(),
    Participant: lambda participant: participant.bic,
    Firm: lambda firm: firm.lei,
    Account: lambda account: account.id,
    Advance: lambda advance: advance.account,
    Payment: lambda payment: payment.order.uetr,
    Obligation: lambda obligation: obligation.item.id,
    Declaration: lambda said: declaration_key(said.member, said.what),
    Seat: lambda seat: seat.member,
    Proposal: lambda proposal: proposal_key(proposal.number),
    Ballot: lambda ballot: ballot_key(ballot.proposal, ballot.member),
    Law: lambda law: law.name,
    Terms: lambda terms: terms.account,
    Resolution: lambda resolution: resolution.currency,
    Submission: lambda submission: submission.member,
    FirmTerms: lambda terms: terms_key(terms.firm, terms.currency),
    SwingTerms: lambda terms: terms.line,
    Interest: lambda interest: interest.line,
    FixedRate: lambda rate: rate.currency,
    Quote: lambda quote: quote.offer.id,
    Exchange: lambda exchange: exchange.uetr,
    Attestation: lambda said: attestation_key(said.cycle),
    Default: lambda default: default_key(default.number),
    Bearer: lambda each: bearer_key(each.default, each.currency, each.tier, each.holder),
    Arrear: lambda arrear: arrear.account,
    Position: lambda position: position.member,
    TradeRecord: lambda record: record.id,
    Listing: lambda listing: listing.name,
    Listed: lambda listed: listed.key,
    ListedNumber: lambda listed: listed.number,
    Stopped: lambda stopped: stopped.document.hex(),
    Screening: lambda screening: screening.participant,
    Case: lambda case: case_key(case.number),
    Allowance: lambda each: allowance_key(each.participant, each.entry, each.customer),
}
