"""Whose signatures count, and that the messages written by hand are those of the engine."""

import base64
import hashlib
import json
import lzma
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.audit import quorum as q
from mufakat.audit.quorum import Hex, ProofRefused
from mufakat.audit.tree import tree_head
from mufakat.model.charter import union_id
from mufakat.model.signing import Domain, public_key
from mufakat.node import enginekeys
from mufakat.node.abci import application, wire
from mufakat.node.founding import charter_of_plan, read_plan
from mufakat.node.proving import nanoseconds, read_block
from tests.audit.makers import header, raw_sign, secrets_of, signed_block, validators, without_validators
from tests.union import MEMBERS, charter, private

GOLDEN = Path(__file__).parent.parent / "golden" / "proofs"
CHAIN = json.loads(lzma.decompress((GOLDEN / "chain.json.xz").read_bytes()))
HEIGHTS = sorted(int(name.split()[1]) for name in CHAIN if name.startswith("commit"))
RECORDED = charter_of_plan(read_plan(GOLDEN / "charter.toml"))
CHARTER = charter()
NAME = q.chain_of(union_id(CHARTER))
EVERYBODY = validators(secrets_of(MEMBERS))
HEAD = bytes(range(32))
T = wire.TYPES


def block(voters=MEMBERS, app=HEAD, height=9, now=EVERYBODY, after=EVERYBODY, chain=NAME) -> q.Block:
    return signed_block(header(height, now, after, app), secrets_of(voters), chain)


# -- the engine's own words -----------------------------------------------------------------------------


@pytest.mark.parametrize("height", HEIGHTS)
def test_a_recorded_block_has_the_hash_that_the_engine_gave_it_and_its_validators_signed_it(height):
    signed = CHAIN[f"commit {height}"]["signed_header"]
    found = read_block(signed)
    chain = q.chain_of(union_id(RECORDED))
    assert chain == signed["header"]["chain_id"]
    assert q.header_hash(found.header, chain).hex().upper() == signed["commit"]["block_id"]["hash"]
    said = CHAIN[f"validators {height}"]["validators"]
    known = tuple(q.Validator(Hex(engine_key(each)), int(each["voting_power"])) for each in said)
    assert [q.address_of(each.public).hex().upper() for each in known] == [each["address"] for each in said]
    signers = q.check_block(found, known, chain)
    assert len(signers) * 3 > len(known) * 2


def engine_key(validator: dict) -> bytes:
    return base64.b64decode(validator["pub_key"]["value"])


def test_the_recorded_founding_validators_are_those_of_the_charter():
    assert (
        q.set_hash(q.founding_validators(RECORDED))
        == read_block(CHAIN["commit 1"]["signed_header"]).header.validators
    )


numbers = st.integers(0, 2**63 - 1)
hashes = st.binary(min_size=0, max_size=32)


@given(numbers, numbers, st.integers(0, 2**31 - 1), hashes, st.integers(0, 2**32 - 1), hashes)
def test_what_a_validator_signs_is_the_engines_canonical_vote(
    height, time_ns, round_, digest, parts, parts_hash
):
    head = msgspec.structs.replace(header(1, EVERYBODY, EVERYBODY, HEAD), height=height)
    made = q.Block(head, round_, parts, Hex(parts_hash), ())
    vote = T["TypesCanonicalVote"](type=2, height=height, round=round_, chain_id=NAME)
    vote.block_id.hash, vote.block_id.part_set_header.total = digest, parts
    vote.block_id.part_set_header.hash = parts_hash
    vote.block_id.part_set_header.SetInParent()
    vote.timestamp.seconds, vote.timestamp.nanos = divmod(time_ns, 10**9)
    vote.timestamp.SetInParent()
    message = vote.SerializeToString()
    whole = q.vote_bytes(made, digest, q.Vote(Hex(b""), time_ns, Hex(b"")), NAME)
    assert whole.endswith(message)
    assert whole == wire.frame(message)


@given(st.binary(min_size=32, max_size=32), numbers)
def test_a_set_of_one_hashes_the_engines_simple_validator(public, power):
    message = T["TypesSimpleValidator"](voting_power=power)
    message.pub_key.ed25519 = public
    assert q.set_hash([q.Validator(Hex(public), power)]) == tree_head([message.SerializeToString()])


def test_the_names_and_numbers_are_those_of_the_node():
    union = union_id(CHARTER)
    public = EVERYBODY[0].public
    assert q.chain_of(union) == application.chain_id(union)
    assert q.address_of(public).hex().upper() == enginekeys.address_of(public)
    assert q.POWER == application.POWER
    assert q.founding_validators(CHARTER) == EVERYBODY


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:01.5Z", 1_500_000_000),
        ("2026-11-24T20:11:32.035448225Z", 1_795_551_092_035_448_225),
    ],
)
def test_the_engines_times_are_read_to_the_nanosecond(text, number):
    assert nanoseconds(text) == number


# -- who counts -----------------------------------------------------------------------------------------


def refused(quorum: q.Quorum, of=CHARTER, head=HEAD) -> str:
    with pytest.raises(ProofRefused) as caught:
        q.check(quorum, of, head)
    return str(caught.value)


def test_all_validators_together_are_a_quorum():
    signed = q.check(q.Blocks(block(), ()), CHARTER, HEAD)
    assert set(signed.signers) == {each.public for each in EVERYBODY}
    assert (signed.kind, signed.entitled, signed.block, signed.changes) == ("cometbft", 3, 9, 0)


def test_two_of_three_are_not_more_than_two_thirds():
    assert "20 of 30" in refused(q.Blocks(block(("QM", "QN")), ()))


def test_a_validator_counts_once():
    assert "counted twice" in refused(q.Blocks(block(("QM", "QN", "QN")), ()))
    assert "counted twice" in refused(q.Blocks(block(("QM", "QN", "QO", "QO")), ()))


def test_nobody_else_counts():
    stranger = signed_block(header(9, EVERYBODY, EVERYBODY, HEAD), [*secrets_of(MEMBERS), bytes(32)], NAME)
    assert "no validator" in refused(q.Blocks(stranger, ()))


def test_a_signature_for_another_time_round_or_chain_does_not_count():
    right = block()
    vote = right.votes[0]
    late = msgspec.structs.replace(vote, time_ns=vote.time_ns + 1)
    assert "does not fit" in refused(
        q.Blocks(msgspec.structs.replace(right, votes=(late, *right.votes[1:])), ())
    )
    assert "does not fit" in refused(q.Blocks(msgspec.structs.replace(right, round=2), ()))
    assert "does not fit" in refused(q.Blocks(block(chain="mufakat-of-others"), ()))


def test_a_header_that_was_changed_has_another_hash():
    right = block()
    for name in q.Header.__struct_fields__:
        value = getattr(right.header, name)
        if name == "last_block":
            value = msgspec.structs.replace(value, parts=value.parts + 1)
        elif isinstance(value, int):
            value += 1
        else:
            value = Hex(bytes([value[0] ^ 1]) + value[1:])
        changed = msgspec.structs.replace(
            right, header=msgspec.structs.replace(right.header, **{name: value})
        )
        assert refused(q.Blocks(changed, ())), name


def test_a_block_with_another_hash_in_its_header_proves_nothing_of_this_head():
    assert "another hash" in refused(q.Blocks(block(app=bytes(32)), ()))


def test_validators_of_ones_own_prove_nothing():
    mine = [bytes([n]) * 32 for n in range(1, 5)]
    own = validators(mine)
    forged = signed_block(header(9, own, own, HEAD), mine, NAME)
    assert "other validators" in refused(q.Blocks(forged, ()))


def test_a_key_for_which_anybody_can_sign_never_signs():
    weak = bytes(32)  # a point of small order
    known = (q.Validator(Hex(weak), 10),)
    head = header(9, known, known, HEAD)
    vote = q.Vote(Hex(q.address_of(weak)), 0, Hex(bytes([*weak, *bytes(32)])))
    with pytest.raises(ProofRefused, match="does not fit"):
        q.check_block(q.Block(head, 0, 1, Hex(bytes(32)), (vote,)), known, NAME)


# -- the trail ------------------------------------------------------------------------------------------

NEW = bytes(range(100, 132))
SECOND = validators([*secrets_of(("QM", "QN")), NEW])
THIRD = validators([private("QM", "validate"), NEW], power=7)


def change(height, now, after, voters) -> q.Change:
    return q.Change(signed_block(header(height, now, after, bytes(32)), voters, NAME), after)


FIRST_CHANGE = change(5, EVERYBODY, SECOND, secrets_of(MEMBERS))
SECOND_CHANGE = change(7, SECOND, THIRD, [*secrets_of(("QM", "QN")), NEW])
LAST = signed_block(header(9, THIRD, THIRD, HEAD), [private("QM", "validate"), NEW], NAME)


def test_a_trail_leads_from_the_charters_validators_to_those_who_signed():
    signed = q.check(q.Blocks(LAST, (FIRST_CHANGE, SECOND_CHANGE)), CHARTER, HEAD)
    assert set(signed.signers) == {each.public for each in THIRD}
    assert signed.changes == 2


@pytest.mark.parametrize(
    ("trail", "words"),
    [
        ((), "other validators"),
        ((FIRST_CHANGE,), "other validators"),
        ((SECOND_CHANGE,), "other validators"),
        ((SECOND_CHANGE, FIRST_CHANGE), "other validators"),
        ((FIRST_CHANGE, FIRST_CHANGE), "not after"),
        ((change(5, EVERYBODY, SECOND, secrets_of(("QM", "QN"))), SECOND_CHANGE), "20 of 30"),
        ((change(5, EVERYBODY, SECOND, [NEW]), SECOND_CHANGE), "no validator"),
        ((msgspec.structs.replace(FIRST_CHANGE, validators=THIRD), SECOND_CHANGE), "other next validators"),
        (
            (FIRST_CHANGE, change(5, SECOND, THIRD, [*secrets_of(("QM", "QN")), NEW])),
            "not after the one before",
        ),
        (
            (FIRST_CHANGE, change(9, SECOND, THIRD, [*secrets_of(("QM", "QN")), NEW])),
            "not after the last change",
        ),
    ],
)
def test_a_trail_with_a_gap_or_a_forged_step_leads_nowhere(trail, words):
    assert words in refused(q.Blocks(LAST, trail))


def test_power_counts_not_heads():
    strong = (*validators([NEW], power=70), *validators(secrets_of(("QM", "QN", "QO")), power=10))
    head = header(9, strong, strong, HEAD)
    with pytest.raises(ProofRefused, match="30 of 100"):
        q.check_block(signed_block(head, secrets_of(MEMBERS), NAME), strong, NAME)
    assert len(q.check_block(signed_block(head, [NEW], NAME), strong, NAME)) == 1


# -- a union on one machine ----------------------------------------------------------------------------


ALONE = without_validators(CHARTER)


def cosigned(members=("QM", "QN"), role="audit", head=HEAD, of=ALONE, domain=Domain.HEAD) -> q.Cosigned:
    message = q.head_message(union_id(of), head)
    return q.Cosigned(
        tuple(
            q.Cosignature(
                each,
                Hex(public_key(private(each, role))),
                Hex(raw_sign(private(each, role), domain.value + b"\0" + hashlib.sha256(message).digest())),
            )
            for each in members
        )
    )


def test_as_many_members_as_the_charter_asks_for_sign_a_head():
    signed = q.check(cosigned(), ALONE, HEAD)
    assert (signed.kind, len(signed.signers), signed.entitled) == ("embedded", 2, 3)


@pytest.mark.parametrize(
    ("quorum", "words"),
    [
        (cosigned(("QM",)), "asks for 2"),
        (cosigned(("QM", "QM")), "counted twice"),
        (cosigned(("QM", "QX")), "no audit key"),
        (cosigned(role="vote"), "no audit key"),
        (cosigned(head=bytes(32)), "does not fit"),
        (cosigned(domain=Domain.COMMAND), "does not fit"),
        (cosigned(of=CHARTER), "does not fit"),
        (q.Blocks(block(), ()), "no member a validator"),
    ],
)
def test_other_signatures_are_no_quorum_of_a_union_on_one_machine(quorum, words):
    assert words in refused(quorum, ALONE)


def test_audit_keys_do_not_speak_for_members_who_commit_by_validators():
    assert "do not count" in refused(cosigned(MEMBERS, of=CHARTER), CHARTER)
