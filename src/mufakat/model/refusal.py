"""Why the rules refuse: one enumeration, numbers permanent, in order of precedence.

When several reasons hold at once, the lowest number is the one reported. Each reason carries the code
of the ISO 20022 external code set `ExternalStatusReason1Code` under which a pacs.002 reports it, and
what to do about it in words. `NARR` stands where the code set has no closer code.
"""

import enum
from typing import Final

import msgspec


class Reason(enum.IntEnum):
    """Reason of a refusal. Numbers are on the log: never change or reuse one."""

    MALFORMED = 1
    OVERSIZE = 2
    WRONG_UNION = 3
    UNKNOWN_KEY = 4
    REVOKED_KEY = 5
    WRONG_AUTHOR = 6
    BAD_SIGNATURE = 7
    WRONG_ROLE = 8
    SIGNER_REPEATED = 9
    SIGNATURE_SUPERFLUOUS = 10
    APPROVAL_MISSING = 11
    SEQUENCE_REPLAYED = 12
    SEQUENCE_GAP = 13
    NOT_YET_VALID = 14
    EXPIRED = 15
    VALIDITY_TOO_LONG = 16
    UNION_HALTED = 17

    DUPLICATE = 18
    MEMBER_SUSPENDED = 19
    NOT_OWN_AFFAIR = 20
    UNKNOWN_MEMBER = 21
    UNKNOWN_PARTICIPANT = 22
    UNKNOWN_DEBTOR_AGENT = 23
    UNKNOWN_CREDITOR_AGENT = 24
    UNKNOWN_FIRM = 25
    ALREADY_REGISTERED = 26
    IDENTIFIER_INVALID = 27
    UNKNOWN_CURRENCY = 28
    UNKNOWN_ACCOUNT = 29
    ACCOUNT_CLOSED = 30
    CREDITOR_ACCOUNT_CLOSED = 31
    ACCOUNT_NOT_EMPTY = 32
    SAME_PARTY = 33
    COUNTERPARTY_SUSPENDED = 34
    CURRENCY_LEAVING = 35

    AMOUNT_INVALID = 40
    AMOUNT_ZERO = 41
    AMOUNT_DECIMALS = 42
    AMOUNT_TOO_LARGE = 43
    ABOVE_PAYMENT_LIMIT = 44
    LIMIT_EXCEEDED = 45
    INSUFFICIENT_FUNDS = 46
    LIMIT_IN_USE = 47

    DAY_NOT_OPEN = 60
    AFTER_CUT_OFF = 61
    CURRENCY_CLOSED = 62
    VALUE_DATE_PAST = 63
    VALUE_DATE_TOO_FAR = 64
    NOT_A_BUSINESS_DAY = 65
    PHASE_OUT_OF_ORDER = 66
    ALREADY_DECLARED = 67
    WRONG_CYCLE = 68
    DATE_INVALID = 69

    UNKNOWN_PROPOSAL = 70
    PROPOSAL_CLOSED = 71
    NO_VOTE = 72
    ALREADY_VOTED = 73
    UNKNOWN_RULE = 74
    RULE_INVALID = 75
    CONSENT_MISSING = 76
    PROTOCOL_INVALID = 77
    TOO_MANY_PROPOSALS = 78
    LAST_VALIDATOR = 79

    UNKNOWN_PAYMENT = 81
    WRONG_STATUS = 82
    ALREADY_RETURNED = 83
    UNKNOWN_OBLIGATION = 84
    UNSETTLED_AT_CLOSE = 85
    EMPTY_BATCH = 86
    BATCH_TOO_LARGE = 87
    SETTLEMENT_METHOD = 88
    CLEARING_SYSTEM = 89
    FILE_INVALID = 90
    REASON_CODE_INVALID = 91
    UETR_INVALID = 92
    KEY_NOT_HERE = 93
    LEI_INVALID = 94

    LATEST_TIME_PASSED = 100
    TIMES_CROSSED = 101
    TIME_INVALID = 102
    ALREADY_SO = 103
    RESOLVED_JUST_NOW = 104
    LIMIT_FOR_ONESELF = 105
    TERMS_INVALID = 110
    FIXING_INVALID = 120
    FIXING_DATE = 121
    FIXINGS_AGREED = 122
    NO_FIXING = 123
    NO_SWING_LINE = 124
    SWING_TERMS_INVALID = 125
    NO_PERIODIC_SETTLEMENT = 126
    SWING_SETTLED = 127

    LINK_FAILED = 128
    RESERVATION_DIFFERS = 129
    SAME_CURRENCY = 130
    RATE_INVALID = 131
    QUOTE_SIZE = 132
    QUOTE_TIME = 133
    TOO_MANY_QUOTES = 134
    UNKNOWN_QUOTE = 135
    QUOTE_ENDED = 136
    OWN_QUOTE = 137
    NOT_COVERED = 138
    WORSE_THAN_AGREED = 139
    UNKNOWN_CYCLE = 115
    ROOT_DIFFERS = 116
    ALREADY_CERTIFIED = 117
    PARTY_IN_DEFAULT = 140
    COUNTERPARTY_IN_DEFAULT = 141
    UNKNOWN_DEFAULT = 142
    ALREADY_IN_DEFAULT = 143
    NO_DEFAULT_PROCEDURE = 144
    COLLATERAL_NEEDED = 145
    LOSS_UNPAID = 146
    NOTHING_OWED = 147


class Explanation(msgspec.Struct, frozen=True):
    """How a reason is reported: ISO 20022 status reason `code`, and `text` for a person."""

    code: str
    text: str


EXPLANATIONS: Final[dict[Reason, Explanation]] = {
    reason: Explanation(code, text)
    for reason, code, text in (
        (Reason.MALFORMED, "FF01", "The command cannot be read. Encode it anew with the current program."),
        (Reason.OVERSIZE, "FF01", "The command is larger than the charter allows. Split the batch."),
        (Reason.WRONG_UNION, "DS28", "The command was signed for another union. Sign it for this one."),
        (Reason.UNKNOWN_KEY, "DS14", "No such key is registered. Ask the member to register it."),
        (Reason.REVOKED_KEY, "DS0C", "The key has been revoked. Sign with a key in force."),
        (Reason.WRONG_AUTHOR, "AG08", "The key does not belong to the author that the command names."),
        (Reason.BAD_SIGNATURE, "DS17", "The signature does not fit the command. Sign it again."),
        (Reason.WRONG_ROLE, "DS0G", "The key has not the role for this command. Use one that has."),
        (Reason.SIGNER_REPEATED, "DS26", "One key signed twice. Four eyes need two keys."),
        (Reason.APPROVAL_MISSING, "DS0A", "The charter asks for a second signature of role approve."),
        (Reason.SIGNATURE_SUPERFLUOUS, "DS19", "A signature that the rules do not ask for. Remove it."),
        (Reason.SEQUENCE_REPLAYED, "AM05", "This sequence number has been used. Nothing was done again."),
        (Reason.SEQUENCE_GAP, "NARR", "A sequence number is missing. Send the commands in order."),
        (Reason.NOT_YET_VALID, "DT01", "The command is not valid yet."),
        (Reason.EXPIRED, "TM01", "The command's validity has ended. Sign it again."),
        (Reason.VALIDITY_TOO_LONG, "DT01", "The validity window is longer than the charter allows."),
        (
            Reason.UNION_HALTED,
            "ED06",
            "The members halted the union. Send it again when they have resumed it.",
        ),
        (
            Reason.MEMBER_SUSPENDED,
            "AG10",
            "The author's member is suspended or leaving, and this would be new. Let what is registered run off.",
        ),
        (Reason.NOT_OWN_AFFAIR, "AG08", "This is not the author's own affair under the charter."),
        (Reason.UNKNOWN_MEMBER, "AGNT", "No such member in the charter."),
        (Reason.UNKNOWN_PARTICIPANT, "RC01", "No participant has this BIC. Check it with its member."),
        (Reason.UNKNOWN_DEBTOR_AGENT, "RC03", "No participant has the BIC of the debtor agent."),
        (Reason.UNKNOWN_CREDITOR_AGENT, "RC04", "No participant has the BIC of the creditor agent."),
        (Reason.UNKNOWN_FIRM, "BE01", "No participant has enrolled a firm with this LEI."),
        (Reason.ALREADY_REGISTERED, "AM05", "This is registered already."),
        (Reason.IDENTIFIER_INVALID, "RC01", "The identifier is not well formed or fails its check digits."),
        (Reason.UNKNOWN_CURRENCY, "AM03", "No member of the union issues this currency."),
        (Reason.UNKNOWN_ACCOUNT, "AC01", "The agent has no settlement account in this currency."),
        (Reason.ACCOUNT_CLOSED, "AC05", "The debtor agent's settlement account is closed."),
        (Reason.CREDITOR_ACCOUNT_CLOSED, "AC07", "The creditor agent's settlement account is closed."),
        (Reason.ACCOUNT_NOT_EMPTY, "AC06", "The account still holds money, a debt or open items."),
        (Reason.SAME_PARTY, "AG12", "Debtor and creditor are the same. Book it at home."),
        (
            Reason.COUNTERPARTY_SUSPENDED,
            "AG11",
            "The other side's member is suspended, leaving or gone; nothing new goes to it. Pay by another way.",
        ),
        (
            Reason.CURRENCY_LEAVING,
            "AM03",
            "The currency's issuer is leaving or gone; nothing new is entered in it. Use another currency.",
        ),
        (Reason.AMOUNT_INVALID, "AM12", "The amount is not a plain positive decimal."),
        (Reason.AMOUNT_ZERO, "AM01", "The amount is zero."),
        (Reason.AMOUNT_DECIMALS, "AM12", "The amount has more decimals than the currency."),
        (Reason.AMOUNT_TOO_LARGE, "AM02", "The amount is larger than the ledger holds."),
        (Reason.ABOVE_PAYMENT_LIMIT, "AM13", "The amount is above the union's limit for one payment."),
        (Reason.LIMIT_EXCEEDED, "AM23", "A settlement limit would be exceeded."),
        (Reason.INSUFFICIENT_FUNDS, "AM04", "The account's available funds do not cover the amount."),
        (Reason.LIMIT_IN_USE, "AM23", "The limit cannot go below what is drawn on it."),
        (Reason.DAY_NOT_OPEN, "TM01", "The business day is not open."),
        (Reason.AFTER_CUT_OFF, "TM01", "It is after the cut-off. Send it tomorrow."),
        (Reason.CURRENCY_CLOSED, "DT03", "The currency's issuer is on holiday on that date."),
        (Reason.VALUE_DATE_PAST, "DT01", "The value date is in the past."),
        (Reason.VALUE_DATE_TOO_FAR, "DT04", "The value date is further ahead than the charter allows."),
        (Reason.NOT_A_BUSINESS_DAY, "DT03", "No member is open on that date."),
        (Reason.PHASE_OUT_OF_ORDER, "NARR", "The day's phases go closed, open, cut-off, closed, by date."),
        (Reason.ALREADY_DECLARED, "AM05", "This member has declared this already."),
        (Reason.WRONG_CYCLE, "NARR", "Cycles are called in order while the day is open or at cut-off."),
        (Reason.DATE_INVALID, "DT01", "The date cannot be read. Write it as YYYY-MM-DD."),
        (Reason.DUPLICATE, "AM05", "This identifier has been used. Nothing was done again."),
        (Reason.UNKNOWN_PROPOSAL, "NARR", "No proposal has this number. Look at the list of proposals."),
        (Reason.PROPOSAL_CLOSED, "NARR", "The proposal is not open any more. Propose the change anew."),
        (Reason.NO_VOTE, "AG08", "The member has no vote here: the change is about it, or it has no seat."),
        (Reason.ALREADY_VOTED, "AM05", "This member has voted on this proposal. A vote is cast once."),
        (
            Reason.UNKNOWN_RULE,
            "NARR",
            "No rule of the charter has this name. Look up its name in the charter.",
        ),
        (Reason.RULE_INVALID, "NARR", "With this change the charter would not hold. Propose another value."),
        (Reason.CONSENT_MISSING, "DS17", "No voting key of the new member signed its entry. Ask it to sign."),
        (Reason.PROTOCOL_INVALID, "NARR", "A protocol goes on from the one in force. Name a later version."),
        (
            Reason.TOO_MANY_PROPOSALS,
            "DS0K",
            "The member has as many open proposals as it may. Withdraw one, or wait for its end.",
        ),
        (
            Reason.LAST_VALIDATOR,
            "NARR",
            "The union would be left without a validator. Let another member validate first.",
        ),
        (Reason.UNKNOWN_PAYMENT, "NARR", "No payment has this UETR."),
        (Reason.WRONG_STATUS, "NARR", "The item's status does not allow this."),
        (Reason.ALREADY_RETURNED, "AM05", "The payment has been returned already."),
        (Reason.UNKNOWN_OBLIGATION, "NARR", "No obligation has this identifier."),
        (Reason.UNSETTLED_AT_CLOSE, "AM04", "Funds did not suffice by the close of the day."),
        (Reason.EMPTY_BATCH, "AM18", "The batch is empty."),
        (Reason.BATCH_TOO_LARGE, "DS0K", "The batch has more items than the charter allows. Split it."),
        (Reason.SETTLEMENT_METHOD, "NARR", "The settlement method must be CLRG: the union clears."),
        (Reason.CLEARING_SYSTEM, "NARR", "The message names another clearing system."),
        (Reason.FILE_INVALID, "FF01", "The file does not follow its official schema."),
        (
            Reason.REASON_CODE_INVALID,
            "NARR",
            "The return reason is not an ISO 20022 code of four characters.",
        ),
        (Reason.UETR_INVALID, "MINF", "The UETR is missing or is no UUID of version 4."),
        (Reason.KEY_NOT_HERE, "DS0E", "No key of this participant that can be used is on this machine."),
        (
            Reason.LATEST_TIME_PASSED,
            "TM01",
            "The payment's latest time has passed. Send it anew with a later one, or none.",
        ),
        (
            Reason.TIMES_CROSSED,
            "DT01",
            "The latest time comes before the earliest. Send it with right times.",
        ),
        (
            Reason.TIME_INVALID,
            "DT01",
            "The time cannot be read. Write it with its offset from UTC, such as 14:30:00+07:00.",
        ),
        (Reason.ALREADY_SO, "NARR", "It stands so already. Nothing was done again."),
        (
            Reason.RESOLVED_JUST_NOW,
            "NARR",
            "The queues of this currency were looked through within the last second. Ask again later.",
        ),
        (Reason.LIMIT_FOR_ONESELF, "AG12", "A limit is towards another participant. Name that one."),
        (Reason.UNKNOWN_CYCLE, "NARR", "No cycle of this number has run. Sign for one that has."),
        (
            Reason.ROOT_DIFFERS,
            "NARR",
            "The root is not that of the cycle's certificates. Verify the journal: one of both has gone wrong.",
        ),
        (
            Reason.ALREADY_CERTIFIED,
            "AM05",
            "This member has signed for this cycle. A signature is given once.",
        ),
        (Reason.LEI_INVALID, "BE15", "The LEI is missing, or its last two digits do not fit. Check it."),
        (Reason.TERMS_INVALID, "NARR", "What the firm asks for cannot be so. Mend the field named."),
        (
            Reason.FIXING_INVALID,
            "NARR",
            "Submit a positive rate for every currency of the union. Correct it.",
        ),
        (
            Reason.FIXING_DATE,
            "DT01",
            "Fixings are submitted for the business day under way, until it closes.",
        ),
        (Reason.FIXINGS_AGREED, "AM05", "The fixings of the date are agreed. Submit those of the next day."),
        (
            Reason.NO_FIXING,
            "NARR",
            "The currency has no value in the unit of account. Agree on fixings first.",
        ),
        (Reason.NO_SWING_LINE, "NARR", "There is no swing line between the two. Set its limit first."),
        (
            Reason.SWING_TERMS_INVALID,
            "NARR",
            "The terms of the line do not hold together. Correct the field.",
        ),
        (
            Reason.NO_PERIODIC_SETTLEMENT,
            "NARR",
            "The charter has no periodic settlement. Propose the rule swing.settle_every_days.",
        ),
        (Reason.SWING_SETTLED, "AM05", "The swing lines have been settled today. Call it on another day."),
        (Reason.LINK_FAILED, "NARR", "A payment linked with this one failed. Mend that one, and send both."),
        (
            Reason.RESERVATION_DIFFERS,
            "NARR",
            "It is not as it was reserved. Repeat parties, currency, date and amount; post no more.",
        ),
        (Reason.SAME_CURRENCY, "AM03", "Both sides are the same currency. Send a payment instead."),
        (
            Reason.RATE_INVALID,
            "NARR",
            "Both sides of a rate are whole positive amounts, and a fee is at most 1,000 basis points.",
        ),
        (Reason.QUOTE_SIZE, "NARR", "The least that a quote gives is more than the most."),
        (
            Reason.QUOTE_TIME,
            "DT01",
            "A quote is firm from now until a time to come, no further ahead than a value date may be.",
        ),
        (
            Reason.TOO_MANY_QUOTES,
            "DS0K",
            "The participant has as many open quotes as it may. Withdraw one, or wait for its end.",
        ),
        (Reason.UNKNOWN_QUOTE, "NARR", "No such quote sells the one currency for the other. Look it up."),
        (Reason.QUOTE_ENDED, "TM01", "The quote is filled, withdrawn or expired. Ask for a preview again."),
        (Reason.OWN_QUOTE, "AG12", "The quote is the payer's own. Withdraw it instead."),
        (
            Reason.NOT_COVERED,
            "AM09",
            "Open quotes do not cover the amount; nothing moved. Exchange less, or wait for more quotes.",
        ),
        (
            Reason.WORSE_THAN_AGREED,
            "NARR",
            "The quotes have become worse than what was agreed; nothing moved. Ask for a preview again.",
        ),
        (
            Reason.PARTY_IN_DEFAULT,
            "AG10",
            "The author, or its member, is in default and does no business. Repay what is owed.",
        ),
        (
            Reason.COUNTERPARTY_IN_DEFAULT,
            "AG11",
            "The other side, or its member, is in default; nothing goes to or from it. Pay by another way.",
        ),
        (Reason.UNKNOWN_DEFAULT, "NARR", "No such default is open. Look at the list of defaults."),
        (Reason.ALREADY_IN_DEFAULT, "AM05", "The party is in default already."),
        (Reason.NO_DEFAULT_PROCEDURE, "NARR", "The charter has no default procedure. Propose one by vote."),
        (
            Reason.COLLATERAL_NEEDED,
            "AM23",
            "Coverage, or a default under way, needs this pledge. Take back less, or repay first.",
        ),
        (Reason.LOSS_UNPAID, "AM23", "Part of an advance is still unpaid. Repay it before the default ends."),
        (Reason.NOTHING_OWED, "AM09", "So much is not owed from this default in this currency."),
    )
}


class Refusal(msgspec.Struct, frozen=True, array_like=True):
    """A refusal as a value: its reason, and a detail such as the room that was left."""

    reason: Reason
    detail: str = ""

    @property
    def code(self) -> str:
        """ISO 20022 external status reason code."""
        return EXPLANATIONS[self.reason].code

    @property
    def text(self) -> str:
        """What is wrong and what to do, for a person."""
        text = EXPLANATIONS[self.reason].text
        return f"{text} {self.detail}" if self.detail else text
