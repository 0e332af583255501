from collections import Counter

from mufakat.core import apply
from mufakat.core.accounts import settlement_account
from mufakat.core.invariant import violations
from mufakat.model.charter import Role, faults_of_genesis
from mufakat.model.command import (
    CloseAccount,
    EnrolFirms,
    Instruction,
    IssueMoney,
    OpenAccount,
    RegisterParticipant,
    SetSwingLine,
    encode,
    signed_by,
)
from mufakat.model.signing import public_key
from mufakat.simulation import treasury
from mufakat.simulation.founding import (
    MEMBER_ROLES,
    VALIDATORS,
    charter_of,
    founding_commands,
    genesis_of,
    private_key,
)
from mufakat.simulation.region import make_region


def test_the_genesis_is_valid_for_many_seeds():
    assert [faults_of_genesis(genesis_of(make_region(seed))) for seed in range(8)] == [[]] * 8


def test_each_member_has_one_key_a_role_that_anybody_can_derive(region):
    for number, member in enumerate(charter_of(region).members):
        roles = (*MEMBER_ROLES, Role.VALIDATE) if number < VALIDATORS else MEMBER_ROLES
        assert [grant.roles for grant in member.keys] == [(role,) for role in roles]
        assert [grant.public for grant in member.keys] == [
            public_key(private_key(region.seed, member.id, role)) for role in roles
        ]
        assert (member.peer == "") is (number >= VALIDATORS)


def test_banks_are_registered_by_their_member_and_have_no_vote(region):
    members = {bank.bic: bank.member for bank in region.banks}
    registered = [
        (a, body) for a, body, _ in founding_commands(region) if isinstance(body, RegisterParticipant)
    ]

    assert {body.bic: author for author, body in registered} == members
    assert all((Role.VOTE,) not in [key.roles for key in body.keys] for _, body in registered)


def test_money_on_each_account_is_issued_by_the_issuer_with_four_eyes(region):
    issued: Counter[str] = Counter()
    for author, body, second in founding_commands(region):
        if isinstance(body, IssueMoney):
            assert author == region.issuer(body.currency).id
            assert second == ((author, Role.APPROVE),)
            issued[body.currency] += body.amount

    assert issued == region.opening_money()


def test_a_swing_line_is_signed_by_creditor_and_debtor(region):
    lines = [(a, b, second) for a, b, second in founding_commands(region) if isinstance(b, SetSwingLine)]

    assert len(lines) == len(region.swing_lines)
    assert all(second == ((body.debtor, Role.APPROVE),) for _, body, second in lines)


def test_one_account_is_opened_and_closed_again(region):
    bodies = [body for _, body, _ in founding_commands(region)]
    closed = [body for body in bodies if isinstance(body, CloseAccount)]

    assert [(body.participant, body.currency) for body in closed] == [region.closed]
    assert bodies.index(OpenAccount(*region.closed)) < bodies.index(closed[0])


def test_every_firm_is_enrolled_once_by_its_bank(region):
    enrolled = [
        (lei, author)
        for author, body, _ in founding_commands(region)
        if isinstance(body, EnrolFirms)
        for lei in body.firms
    ]

    assert sorted(enrolled) == sorted((firm.lei, firm.bank) for firm in region.firms)


def test_the_rules_accept_every_founding_command(region):
    state = apply.found(genesis_of(region))
    assert not isinstance(state, list), state
    sequence: Counter[str] = Counter()

    def pair(author, role):
        private = private_key(region.seed, author, role)
        return public_key(private), private

    for author, body, second in founding_commands(region):
        sequence[author] += 1
        own = pair(author, Role.SUBMIT)
        instruction = Instruction(state.union, author, own[0], sequence[author], 0, 1_000_000, body)
        signed = signed_by(instruction, own, *(pair(*signer) for signer in second))
        outcome, _ = apply.execute(state, encode(signed), 1)
        assert outcome.refusal is None, (author, body, outcome)

    assert violations(state) == []
    pledged = {(pledge.holder, pledge.currency): pledge.amount for _, pledge in treasury.pledges(region)}
    for bank in region.banks:
        for account in bank.accounts:
            held = state.accounts[settlement_account(bank.bic, account.currency)]
            assert (held.balance, held.limit, held.reserved) == (
                account.opening - pledged[bank.bic, account.currency],
                account.limit,
                account.reserve,
            )
    assert state.accounts[settlement_account(*region.closed)].closed
