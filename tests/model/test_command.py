import msgspec
import pytest

from mufakat.model import command as c
from mufakat.model.charter import Role
from mufakat.model.signing import Domain, is_signed
from tests.core.test_authorisation import COMMANDS, made
from tests.strategies import world


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_a_command_is_read_back_from_its_bytes(kind):
    data = made(world(), *COMMANDS[kind])
    signed = c.decode(data)
    assert signed.instruction.body == COMMANDS[kind][1]
    assert c.encode(signed) == data


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_a_second_encoding_of_the_same_command_is_none(kind):
    data = made(world(), *COMMANDS[kind])
    parts = msgspec.msgpack.decode(data)
    longer = b"\xdc\0\2" + data[1:]
    assert msgspec.msgpack.decode(longer) == parts
    assert c.decode(longer) is None


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x91" * 100_000, b"\xd9\x02\xff\xff", b"\x92\x97\xc0"])
def test_what_is_no_command_is_none(data):
    assert c.decode(data) is None


def test_an_amount_written_as_a_fraction_is_none():
    data = made(world(), *COMMANDS[c.IssueMoney])
    parts = msgspec.msgpack.decode(data)
    parts[0][6][3] = 5.0
    assert c.decode(msgspec.msgpack.encode(parts)) is None


def test_every_signer_signs_the_whole_instruction():
    signed = c.decode(made(world(), *COMMANDS[c.IssueMoney]))
    message = c.signing_bytes(signed.instruction)
    assert len(signed.signatures) == 2
    assert all(is_signed(each.key, Domain.COMMAND, message, each.signature) for each in signed.signatures)


def test_commands_are_named_in_the_imperative_and_all_in_the_union_type():
    kinds = set(c.Command.__subclasses__())
    assert kinds == set(c.AnyCommand.__args__)
    assert not any(name.endswith("ed") for name in c.COMMAND_NAMES)


def test_votes_need_a_voting_key_and_all_else_a_submitting_one():
    voted = {kind for kind, (_, body) in COMMANDS.items() if c.role_of(body) is Role.VOTE}
    assert voted == {c.Propose, c.CastVote, c.WithdrawProposal}
    assert {c.role_of(body) for _, body in COMMANDS.values()} == {Role.VOTE, Role.SUBMIT}
