"""Plain twins of what is computed cleverly elsewhere: slow, short, and easy to see right."""

import datetime
import math
from fractions import Fraction
from functools import cache
from itertools import product
from typing import NamedTuple

from mufakat.kernels.alignment import ONLY_LISTED, SHARP
from mufakat.model.goods import Effect, GoodsRule, Place
from mufakat.model.trade import GoodsLine, TradeItem

Edge = tuple[int, int, int]


def best_set_off_by_search(edges: list[Edge]) -> int:
    """The largest total circulation, by trying every whole amount on every edge. Tiny graphs only."""
    best = 0
    nodes = {node for debtor, creditor, _ in edges for node in (debtor, creditor)}
    for flow in product(*(range(amount + 1) for _, _, amount in edges)):
        net = dict.fromkeys(nodes, 0)
        for (debtor, creditor, _), each in zip(edges, flow, strict=True):
            net[debtor] -= each
            net[creditor] += each
        if not any(net.values()):
            best = max(best, sum(flow))
    return best


def net_positions(edges: list[Edge]) -> dict[int, int]:
    """What each node is owed less what it owes."""
    net: dict[int, int] = {}
    for debtor, creditor, amount in edges:
        net[debtor] = net.get(debtor, 0) - amount
        net[creditor] = net.get(creditor, 0) + amount
    return {node: position for node, position in net.items() if position}


def has_cycle(edges: list[Edge]) -> bool:
    """Tell whether positive edges form a directed cycle, by taking leaves away until none is left."""
    left = {(debtor, creditor) for debtor, creditor, amount in edges if amount > 0}
    while True:
        debtors = {debtor for debtor, _ in left}
        kept = {(debtor, creditor) for debtor, creditor in left if creditor in debtors}
        if kept == left:
            return bool(left)
        left = kept


class Packed(NamedTuple):
    """A record of a batch: `debit` and `credit` are (bank, currency), `days` is how far its date is from today."""

    uetr: str
    debit: tuple[str, str]
    credit: tuple[str, str]
    amount: int
    action: str = "pay"
    linked: bool = False
    latest: int = 0
    days: int = 0
    formed: bool = True


class Ledger:
    """What a batch is held against: funds and what is reserved of them, open reservations, how payments ended."""

    def __init__(
        self,
        funds: dict[tuple[str, str], int],
        banks: set[str],
        currencies: set[str],
        most: int,
        largest: int,
    ) -> None:
        self.funds = dict(funds)
        self.reserved = dict.fromkeys(funds, 0)
        self.open: dict[str, Packed] = {}
        self.over: dict[str, str] = {}
        self.banks, self.currencies, self.most, self.largest = banks, currencies, most, largest

    def batch(self, records: list[Packed], signers: set[str], now: int) -> list[str]:
        """What becomes of each record: settled, reserved, voided, accepted, or why it does not."""
        outcomes: list[str] = []
        while len(outcomes) < len(records):
            chain = [records[len(outcomes)]]
            while chain[-1].linked:
                chain.append(records[len(outcomes) + len(chain)])
            outcomes += self.chain(chain, signers, now)
        return outcomes

    def chain(self, chain: list[Packed], signers: set[str], now: int) -> list[str]:
        before = [dict(each) for each in (self.funds, self.reserved, self.open, self.over)]
        alone = len(chain) == 1 and chain[0].action == "pay"
        found = []
        for record in chain:
            found.append(self.one(record, signers, now, alone=alone))
            if found[-1].isupper() and not alone:
                self.funds, self.reserved, self.open, self.over = before
                return [found[-1] if each is record else "LINK_FAILED" for each in chain]
        return found

    def one(self, record: Packed, signers: set[str], now: int, *, alone: bool) -> str:
        if not record.formed:
            return "IDENTIFIER_INVALID"
        if record.action in {"post", "void"}:
            return self.end(record, signers)
        if record.uetr in self.open or record.uetr in self.over:
            return "DUPLICATE"
        if record.debit[0] not in signers:
            return "NOT_OWN_AFFAIR"
        wrong = self.wrong(record, now)
        if wrong:
            if alone:
                self.over[record.uetr] = "rejected"
            return wrong
        if record.days and alone:
            self.over[record.uetr] = "accepted"
            return "accepted"
        if record.days:
            return "VALUE_DATE_TOO_FAR"
        if record.action == "pay" and self.funds[record.credit] + record.amount > self.largest:
            return "AMOUNT_TOO_LARGE"
        if record.amount > self.funds[record.debit] - self.reserved[record.debit]:
            return "queued" if alone else "INSUFFICIENT_FUNDS"
        if record.action == "reserve":
            self.reserved[record.debit] += record.amount
            self.open[record.uetr] = record
            return "reserved"
        self.move(record)
        return "settled"

    def wrong(self, record: Packed, now: int) -> str:
        """Why it cannot settle at all."""
        if record.credit[0] not in self.banks:
            return "UNKNOWN_CREDITOR_AGENT"
        if record.debit[1] not in self.currencies:
            return "UNKNOWN_CURRENCY"
        if record.debit not in self.funds or record.credit not in self.funds:
            return "UNKNOWN_ACCOUNT"
        if record.debit == record.credit:
            return "SAME_PARTY"
        if record.amount <= 0:
            return "AMOUNT_INVALID" if record.amount else "AMOUNT_ZERO"
        if record.amount > self.most:
            return "ABOVE_PAYMENT_LIMIT"
        if record.days < 0:
            return "VALUE_DATE_PAST"
        return "LATEST_TIME_PASSED" if 0 < record.latest < now else ""

    def end(self, record: Packed, signers: set[str]) -> str:
        """Post or void."""
        if record.debit[0] not in signers and (record.action == "post" or record.credit[0] not in signers):
            return "NOT_OWN_AFFAIR"
        if record.amount <= 0:
            return "AMOUNT_INVALID" if record.amount else "AMOUNT_ZERO"
        if record.uetr not in self.open:
            return "WRONG_STATUS" if record.uetr in self.over else "UNKNOWN_PAYMENT"
        held = self.open[record.uetr]
        fits = record.amount <= held.amount if record.action == "post" else record.amount == held.amount
        if (record.debit, record.credit, record.days) != (held.debit, held.credit, 0) or not fits:
            return "RESERVATION_DIFFERS"
        if record.action == "post" and self.funds[record.credit] + record.amount > self.largest:
            return "AMOUNT_TOO_LARGE"
        del self.open[record.uetr]
        self.reserved[record.debit] -= held.amount
        if record.action == "void":
            self.over[record.uetr] = "voided"
            return "voided"
        self.move(record)
        return "settled"

    def move(self, record: Packed) -> None:
        self.funds[record.debit] -= record.amount
        self.funds[record.credit] += record.amount
        self.over[record.uetr] = "settled"


def taken_prefix(records: list[Packed], ledger: Ledger, signers: set[str], now: int) -> int:
    """How many records take effect, chain after chain, before the first chain that does not, all of it, at once."""
    chain = 0
    for number, outcome in enumerate(ledger.batch(records, signers, now)):
        if outcome not in {"settled", "reserved", "voided"}:
            return chain
        chain = chain if records[number].linked else number + 1
    return chain


def reaches_each_other(edges: list[Edge], nodes: int) -> set[tuple[int, int]]:
    """Pairs of nodes with a way in both directions, by trying every middle (Warshall)."""
    ways = {(node, node) for node in range(nodes)} | {(debtor, creditor) for debtor, creditor, _ in edges}
    for middle in range(nodes):
        ways |= {(a, b) for a in range(nodes) for b in range(nodes) if {(a, middle), (middle, b)} <= ways}
    return {(a, b) for a, b in ways if (b, a) in ways}


def allotted(debts: list[tuple[int, int, int, int, int]], totals: dict[tuple[int, int], int]) -> list[int]:
    """What is cleared of each debt (debtor, creditor, amount, due, id) of a pair's total, oldest first."""
    left, cleared = dict(totals), [0] * len(debts)
    for number in sorted(range(len(debts)), key=lambda n: (*debts[n][3:], debts[n][2])):
        pair, amount = debts[number][:2], debts[number][2]
        cleared[number] = min(amount, left[pair])
        left[pair] -= cleared[number]
    return cleared


Queued = tuple[int, int, int]
"""Payer, payee, amount."""


def ends_covered(payments: list[Queued], chosen: tuple[bool, ...], funds: list[int]) -> bool:
    """Tell whether no account that pays is in deficit once the chosen payments have settled together."""
    position, pays = list(funds), set()
    for (payer, payee, amount), settles in zip(payments, chosen, strict=True):
        if settles:
            position[payer] -= amount
            position[payee] += amount
            pays.add(payer)
    return all(position[account] >= 0 for account in pays)


def keeps_order(payments: list[Queued], chosen: tuple[bool, ...], free: set[int]) -> bool:
    """Tell whether of each payer that is not free the first payments are chosen, and no others."""
    waits = set()
    for (payer, _, _), settles in zip(payments, chosen, strict=True):
        if settles and payer in waits - free:
            return False
        if not settles:
            waits.add(payer)
    return True


def best_prefixes_by_search(payments: list[Queued], funds: list[int]) -> tuple[bool, ...]:
    """The choice of most payments of which each payer's are the first of its queue, by trying every choice."""
    choices = product((False, True), repeat=len(payments))
    return max(
        (
            each
            for each in choices
            if keeps_order(payments, each, set()) and ends_covered(payments, each, funds)
        ),
        key=sum,
    )


def best_value_by_search(payments: list[Queued], funds: list[int], free: set[int]) -> int:
    """The largest value that settles where payers in `free` let payments overtake, by trying every choice."""
    return max(
        sum(amount for (_, _, amount), settles in zip(payments, each, strict=True) if settles)
        for each in product((False, True), repeat=len(payments))
        if keeps_order(payments, each, free) and ends_covered(payments, each, funds)
    )


def settles_together(queues: dict[str, list[tuple[str, str, int]]], funds: dict[str, int]) -> set[str]:
    """Which payments (UETR, payee, amount) of each payer's queue settle at once: drop the last one of a payer that
    cannot pay its net, until nobody is left that cannot."""
    kept = {payer: list(queue) for payer, queue in queues.items()}
    while True:
        left = dict(funds)
        for payer, queue in kept.items():
            for _, payee, amount in queue:
                left[payer] -= amount
                left[payee] += amount
        short = [payer for payer, queue in kept.items() if queue and left[payer] < 0]
        if not short:
            return {uetr for queue in kept.values() for uetr, _, _ in queue}
        kept[short[0]].pop()


def fills_by_units(offers, sells: bool, amount: int) -> tuple[list[tuple[str, int, int]], bool]:
    """Take from offers unit by unit, from the cheapest on, with exact fractions; (quote, paid, arrived) of each.

    Twin of `model.rate.fill`.
    """

    def price(offer):
        return Fraction(offer.rate.asked, offer.rate.offered) * Fraction(10_000 + offer.fee_bp, 10_000)

    taken, rest = [], amount
    for offer in sorted(offers, key=lambda each: (price(each), each.since)):
        units = 0
        while units < offer.left and (
            math.ceil((units + 1) * price(offer)) <= rest if sells else units < rest
        ):
            units += 1
        if units < offer.least:
            continue
        paid = math.ceil(units * price(offer))
        taken.append((offer.id, paid, units))
        rest -= paid if sells else units
        if math.ceil(price(offer)) > rest if sells else rest == 0:
            return taken, True
    return taken, False


def shared(amount: int, parts: list[tuple[str, int, int]]) -> dict[str, int]:
    """Share a loss among (holder, weight, cap) with exact fractions: fix who is at its cap, then hand out units."""
    bears = dict.fromkeys((holder for holder, _, _ in parts), 0)
    left, taking = amount, [each for each in parts if each[1] and each[2]]
    while True:
        total = sum(weight for _, weight, _ in taking)
        full = [each for each in taking if Fraction(left * each[1], total) >= each[2]]
        if not full:
            break
        for each in full:
            bears[each[0]] = each[2]
        left -= sum(each[2] for each in full)
        taking = [each for each in taking if each not in full]
    exact = {holder: Fraction(left * weight, total) for holder, weight, _ in taking}
    for _ in range(left if taking else 0):
        # The next unit goes to whoever is furthest behind its exact part, but whole parts come first.
        behind = max(
            sorted(exact),
            key=lambda holder: (bears[holder] < int(exact[holder]), exact[holder] - bears[holder]),
        )
        bears[behind] += 1
    return {holder: bears[holder] for holder in sorted(bears) if bears[holder]}


def best_set_off_within_limits(
    edges: list[Edge], limits: dict[int, int], wholes: set[int] = frozenset()
) -> int:
    """The largest circulation in which no node pays more than its limit, by trying all amounts on every edge.

    Of the edges numbered in `wholes` all or nothing is cleared.
    """
    best = 0
    ways = [((0, e[2]) if n in wholes else range(e[2] + 1)) for n, e in enumerate(edges)]
    for flow in product(*ways):
        paid: dict[int, int] = {}
        cleared = [(debtor, creditor, each) for (debtor, creditor, _), each in zip(edges, flow, strict=True)]
        for debtor, _, each in cleared:
            paid[debtor] = paid.get(debtor, 0) + each
        within = all(paid.get(node, 0) <= limit for node, limit in limits.items())
        if within and not net_positions(cleared):
            best = max(best, sum(flow))
    return best


def longest_way(edges: list[Edge], start: int) -> int:
    """The most that a unit frees from `start` on, by Bellman and Ford's rounds over edges (from, to, gain)."""
    best = {start: 0}
    nodes = {node for edge in edges for node in edge[:2]}
    for _ in range(len(nodes)):
        for tail, head, gain in edges:
            if tail in best:
                best[head] = max(best.get(head, best[tail] + gain), best[tail] + gain)
    return max(best.values())


def gained_at(debts: list[tuple[int, int, int]], worths: list[int]) -> dict[int, int]:
    """What each node gains at `worths`: its debts (debtor, creditor, units cleared) paid less claims given up."""
    gained: dict[int, int] = {}
    for (debtor, creditor, units), worth in zip(debts, worths, strict=True):
        gained[debtor] = gained.get(debtor, 0) + units * worth
        gained[creditor] = gained.get(creditor, 0) - units * worth
    return gained


def ups_by_rings(firms: int, debts: list[tuple[int, int, int, int]]) -> list[int]:
    """Which parts of a unit are rounded up, by the rule of `kernels.across`: each walk goes all the way.

    A debt is (debtor, creditor, points, price of a unit); debtor and creditor differ.
    """
    points = [part for _, _, part, _ in debts]
    above: dict[int, tuple[int, int]] = {}  # by firm: who is above it in its tree, and by which debt
    for debt, (debtor, creditor, _, price) in enumerate(debts):
        if points[debt] % price == 0:
            continue
        lower, link = debtor, above.pop(debtor, None)
        while link:
            upper, way = link
            link = above.pop(upper, None)
            above[upper] = lower, way
            lower = upper
        node, ring = creditor, [(debtor, debt, -1)]
        while node in above:
            upper, way = above[node]
            ring.append((node, way, -1 if debts[way][0] == node else 1))
            node = upper
        if node == debtor:
            rooms = (
                points[way] % debts[way][3] if sign < 0 else -points[way] % debts[way][3]
                for _, way, sign in ring
            )
            least = min(rooms)
            for lower, way, sign in ring:
                points[way] += sign * least
                if points[way] % debts[way][3] == 0:
                    above.pop(lower, None)
        if points[debt] % price:
            above[debtor] = creditor, debt
    gained = dict.fromkeys(range(firms), 0)
    line = [firm for firm in range(firms) if firm not in above]
    for upper in line:
        for lower in sorted(firm for firm, (over, _) in above.items() if over == upper):
            debtor, _, _, price = debts[above[lower][1]]
            sign, part = (1 if debtor == upper else -1), points[above[lower][1]] % price
            down = gained[upper] - sign * part
            change = price - part if abs(down + sign * price) < abs(down) else -part
            points[above[lower][1]] += change
            gained[upper] += sign * change
            gained[lower] -= sign * change
            line.append(lower)
    return [each // price for each, (_, _, _, price) in zip(points, debts, strict=True)]


ALIKE = ("ckq", "dt", "lr", "mn", "gj", "fpv", "sxz", "csz", "bp", "gkq", "uvw", "ijy", "hkg", "bv")
SOUNDS = ("bpfv", "ckqgjx", "dt", "l", "r", "mn", "sz")
PAIRED = {"dj", "tc", "ts", "tz", "kh", "ks"}
VOWELS = set("aeiouy")


def closeness_by_search(a: str, b: str, *, bare: bool = False) -> int:  # noqa: C901 - each edit has its price
    """Per mille: the cheapest way to make one word of the other, by trying all, less than writing it anew."""

    def written(word: str) -> int:
        return sum((1 if letter in VOWELS else 5 if letter == "w" else 10) if bare else 10 for letter in word)

    def insertion(word: str, at: int) -> int:
        if at and word[at] == word[at - 1]:
            return 2
        return min(3 if word[at : at + 2] in PAIRED else 15, one(word[at]))

    def one(letter: str) -> int:
        if letter in VOWELS:
            return 1 if bare else 5
        if letter == "h":
            return 2 if bare else 4
        return 15 if letter.isdigit() else 5 if bare and letter == "w" else 10

    def substitution(x: str, y: str) -> int:
        if x == y:
            return 0
        if x.isdigit() or y.isdigit():
            return 15
        if x in VOWELS and y in VOWELS:
            return 1 if bare else 4
        if bare and "w" in {x, y} and VOWELS & {x, y}:
            return 1
        return (3 if bare else 5) if any(x in group and y in group for group in ALIKE) else 10

    @cache
    def cost(i: int, j: int) -> int:
        ways = [0] if not i and not j else []
        if i:
            ways.append(cost(i - 1, j) + insertion(a, i - 1))
        if j:
            ways.append(cost(i, j - 1) + insertion(b, j - 1))
        if i and j:
            ways.append(cost(i - 1, j - 1) + substitution(a[i - 1], b[j - 1]))
        if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
            ways.append(cost(i - 2, j - 2) + 7)
        return min(ways)

    return 1000 - cost(len(a), len(b)) * 1000 // max(written(a), written(b))


def sounds(word: str, *, otherwise: bool = False) -> str:
    """The consonants of a word, one letter for each group of sounds, doubled ones once."""
    found = last = ""
    for at, letter in enumerate(word):
        if word[at : at + 2] in {"dj", "tc"}:
            continue
        soft = letter == "c" and word[at + 1 : at + 2] in tuple("eihy")
        heard = ("v" if letter == "w" else "s" if soft else letter) if otherwise else letter
        group = next((group[0] for group in SOUNDS if heard in group), letter if letter.isdigit() else "")
        found, last = found + (group if group != last else ""), group or last
    return found


def without_one(text: str) -> list[str]:
    return [text[:at] + text[at + 1 :] for at in range(len(text))]


def share_a_key(a: str, b: str) -> bool:
    """Whether two words sound the same, but for one sound, are spelt the same, but for a letter, or end the same.

    Of three sounds or more one may be left out; of four or more one may be another, or two neighbours swapped.
    """
    if {sounds(a), sounds(a, otherwise=True)} & {sounds(b), sounds(b, otherwise=True)}:
        return True
    one, other = sounds(a), sounds(b)
    short, long = sorted((one, other), key=len)
    if len(long) >= 3 and short in without_one(long):
        return True
    if len(one) == len(other) >= 4 and any(
        x == y and abs(i - j) < 2
        for i, x in enumerate(without_one(one))
        for j, y in enumerate(without_one(other))
    ):
        return True
    spelt = [{each, *(without_one(each) if len(each) >= 3 else ())} for each in (a, b)]
    return bool(spelt[0] & spelt[1]) or (min(len(a), len(b)) >= 9 and (a[:5] == b[:5] or a[-5:] == b[-5:]))


def nearest_by_search(word: str, vocabulary: list[str], floor: int, *, bare: bool = False) -> dict[int, int]:
    """Which words of a vocabulary are near to one, by comparing it with each."""
    found = {
        at: closeness_by_search(word, other, bare=bare)
        for at, other in enumerate(vocabulary)
        if share_a_key(word, other)
    }
    return {at: close for at, close in found.items() if close >= floor}


Unit = tuple[int, int]


def aligned_by_sorting(
    ours: tuple[list[int], list[Unit]],
    theirs: tuple[list[int], list[Unit]],
    near: dict[tuple[Unit, Unit], int],
) -> int:
    """The score of a name for a query: pairs taken greedily by what they explain."""
    (weights, units), (listed, other_units) = ours, theirs

    def weight(of: list[int], unit: Unit) -> int:
        return sum(of[unit[0] : sum(unit)])

    def worth(close: int) -> int:
        return max(close - (1000 - close) * SHARP // 1000, 0)

    def gain(pair: tuple[Unit, Unit]) -> int:
        (first, span), (at, wide) = pair
        explained = worth(near[pair]) * (weight(weights, pair[0]) + weight(listed, pair[1]))
        return explained * 64 - 8 * (span + wide) - min(abs(first - at), 7)

    pairs = [(unit, other) for unit in units for other in other_units if near.get((unit, other))]
    free, free_listed = set(range(len(weights))), set(range(len(listed)))
    matched = total = 0
    for unit, other in sorted(pairs, key=gain, reverse=True):
        words, listed_words = set(range(unit[0], sum(unit))), set(range(other[0], sum(other)))
        if words <= free and listed_words <= free_listed:
            free, free_listed = free - words, free_listed - listed_words
            explained = weight(weights, unit) + weight(listed, other)
            matched, total = matched + explained * worth(near[unit, other]), total + explained
    if not total:
        return 0
    total += sum(weights[at] for at in free) + sum(listed[at] * ONLY_LISTED // 1000 for at in free_listed)
    return matched // total


def goods_rules_met(
    rules: list[GoodsRule], item: TradeItem, date: datetime.date
) -> list[tuple[str, int, int]]:
    """The (id, effect, first line) of each rule that a record meets, by asking each rule of each line."""
    found = []
    lines = list(enumerate(item.goods, start=1)) or [(0, GoodsLine("", ""))]
    for rule in rules:
        if (rule.since and date < rule.since) or (rule.until and date > rule.until):
            continue
        surely, perhaps = [], []
        for number, line in lines:
            way = [
                (Place.ORIGIN, line.origin),
                (Place.DISPATCH, item.dispatch),
                (Place.DESTINATION, item.destination),
                *((Place.TRANSSHIPMENT, each) for each in item.transshipments),
            ]
            if rule.countries and not any(p in rule.places and c in rule.countries for p, c in way):
                continue
            if line.hs_code.startswith(rule.hs):
                surely.append(number)
            elif line.hs_code and rule.hs.startswith(line.hs_code):
                perhaps.append(number)
        if surely:
            found.append((rule.id, int(rule.effect), surely[0]))
        elif perhaps:
            found.append((rule.id, max(int(rule.effect), int(Effect.REVIEW)), perhaps[0]))
    return sorted(found, key=lambda each: each[1])
