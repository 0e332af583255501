"""What the codes of refusals mean, and what whoever gets one can do: for a reader who does not know them.

Codes are those of the ISO 20022 external code set ExternalStatusReason1Code, as far as this program gives them.
"""

from typing import Final, NamedTuple


class Remedy(NamedTuple):
    """What a code means, and what to do about it."""

    means: str
    do: str


REMEDIES: Final[dict[str, Remedy]] = {
    code: Remedy(means, do)
    for code, means, do in (
        ("AC01", "No account in this currency", "Ask the currency's central bank to open one."),
        ("AC02", "Debtor's account missing or wrong", "Correct the account and send it anew."),
        ("AC03", "Creditor's account missing or wrong", "Correct the account and send it anew."),
        ("AC05", "The debtor bank's account is closed", "Pay from another account, or have one opened."),
        ("AC06", "The account is still in use", "Empty it first: money, debts and open items."),
        ("AC07", "The creditor bank's account is closed", "Ask the creditor for another bank."),
        ("AG08", "Not the sender's to order", "Let the owner of the account or item send it."),
        ("AG10", "The sender's member is suspended or leaving", "Let what is registered run off."),
        ("AG11", "The other side's member is suspended or leaving", "Pay by another way."),
        ("AG12", "Debtor and creditor are the same", "Book it in the bank's own books."),
        ("AGNT", "A bank or member in the message is wrong", "Correct the agents and send it anew."),
        ("AM01", "The amount is zero", "Send it with an amount, or not at all."),
        ("AM02", "The amount is larger than the ledger holds", "Split it."),
        ("AM03", "A currency that the union does not settle", "Pay in a currency of a member."),
        ("AM04", "Not enough funds by the close", "Find funds, and send it anew on another day."),
        ("AM05", "Sent before", "Nothing: the first one counts. A new item takes a new identifier."),
        ("AM09", "More than quotes cover, or than is owed", "Ask for less, or look up what there is."),
        ("AM10", "The amounts do not add up to the control sum", "Correct the sum and send the file anew."),
        ("AM11", "Currency missing or not a code", "Write the three letters of ISO 4217."),
        ("AM12", "Not an amount of this currency", "Write plain digits, with no more decimals than it has."),
        ("AM13", "Above the limit for one payment", "Split it, or ask the issuer to raise its limit."),
        ("AM18", "Nothing in it", "Send it with items."),
        ("AM19", "The number of items is another than stated", "Correct the number and send the file anew."),
        ("AM23", "A limit of settlement or credit", "Lower the amount, or ask for a higher limit."),
        ("BE01", "A firm that no bank has enrolled", "Check the LEI, and ask the firm's bank to enrol it."),
        ("BE15", "No valid LEI", "Write the twenty characters; the last two are check digits."),
        ("DS0A", "A second signature is missing", "Have it approved by a second person."),
        ("DS0C", "Signed with a revoked key", "Sign it with a key in force."),
        ("DS0E", "No key of this bank on this machine", "Send it where the bank's key is."),
        ("DS0G", "Signed with a key of another role", "Sign it with a key that may do this."),
        ("DS0K", "More than the charter allows at once", "Split it."),
        ("DS14", "Signed with an unknown key", "Ask the member to register the key."),
        ("DS17", "The signature does not fit", "Sign it again."),
        ("DS19", "A signature too many", "Remove what the rules do not ask for."),
        ("DS26", "One key signed twice", "Have it approved by a second person."),
        ("DS28", "Signed for another union", "Sign it for this one."),
        ("DT01", "A date that is wrong or past", "Correct the date and send it anew."),
        ("DT03", "The currency does not settle on that date", "Choose a day on which its issuer works."),
        ("DT04", "The date is too far ahead", "Send it nearer to its date."),
        ("ED06", "The members halted the union", "Send it again when they have resumed it."),
        (
            "FF01",
            "The file is not what the standard says",
            "Correct it at the line named, and send all of it.",
        ),
        ("FF02", "A row that cannot be read", "Correct the row, and send it alone."),
        ("MINF", "Something is missing", "Fill in what is named and send it anew."),
        ("NARR", "Said in words", "Read the words of each."),
        ("RC01", "Not a valid identifier", "Check it, digit by digit, with its owner."),
        ("RC03", "The debtor's bank takes no part", "Send it through a bank of the union."),
        ("RC04", "The creditor's bank takes no part", "Check the BIC, or pay by another way."),
        ("RC06", "The debtor bank's BIC is missing or wrong", "Correct the BIC and send it anew."),
        ("RC07", "The creditor bank's BIC is missing or wrong", "Correct the BIC and send it anew."),
        ("RF01", "An identifier stands twice in the file", "Give each transaction its own."),
        (
            "RR04",
            "Lists of parties or goods stop it",
            "Let its case be decided, or screen anew.",
        ),
        ("TM01", "Outside the hours of the business day", "Send it when the day is open."),
    )
}


def remedy(code: str) -> Remedy:
    """Return what a code means and what to do; of one that is not known, to read the words."""
    return REMEDIES.get(code, REMEDIES["NARR"])
