"""Why the rules refuse: one enumeration, numbers permanent, in order of precedence.

When several reasons hold at once, the lowest number is the one reported. Under which code of ISO 20022 each is
reported, and what to do about it, `model.wording` says.
"""

import enum
from typing import Final

import msgspec

from mufakat.model.wording import WORDS


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
    DOCUMENT_DIFFERS = 148
    GOODS_MISSING = 149
    HS_CODE_INVALID = 150
    COUNTRY_MISSING = 151
    COUNTRY_INVALID = 152
    UNKNOWN_TRADE_RECORD = 153
    TRADE_RECORD_INVALID = 154
    UNSCREENED = 155
    SCREENING_OUTDATED = 156
    PARTY_LISTED = 157
    LIST_INVALID = 158
    LIST_OUTDATED = 159
    LIST_CHANGED = 160
    LIST_MISSING = 161
    UNKNOWN_ENTRY = 162
    UNKNOWN_CASE = 163
    CASE_DECIDED = 164
    UNDER_REVIEW = 165
    REASON_MISSING = 166
    GOODS_EMBARGOED = 170
    GOODS_TO_REVIEW = 171


class Explanation(msgspec.Struct, frozen=True):
    """How a reason is reported: ISO 20022 status reason `code`, and `text` for a person."""

    code: str
    text: str


EXPLANATIONS: Final[dict[Reason, Explanation]] = {
    reason: Explanation(*WORDS[reason.name]) for reason in Reason
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
