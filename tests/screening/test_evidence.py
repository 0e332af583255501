"""Evidence is the same for the same screening, shows one of many, and is found again from the lists."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.model import merkle
from mufakat.model.listing import Entry, Kind, digest_of
from mufakat.screening.corroborate import Known
from mufakat.screening.evidence import (
    EvidenceFaulty,
    Examiner,
    commitment,
    decoded,
    encoded,
    replay,
    shown,
)
from mufakat.screening.parties import Subject
from tests.screening.lists import FIRM, OTHER, PERSON, SHIP, small

SALT = bytes(range(16))
LISTED = Subject("creditor", "Cdtr/Nm", "Mohammad Taher Anwari")
CLEAR = Subject("debtor", "Dbtr/Nm", "Siti Rahayu")
BY_NUMBER = Subject("debtor", "Dbtr/Nm", "", Known(kind=Kind.VESSEL, identifiers=("7406784",)))


@pytest.fixture(scope="module")
def examiner() -> Examiner:
    return Examiner.of([small()], 800)


def test_a_listed_party_is_a_hit_with_the_entry_and_both_names(examiner: Examiner) -> None:
    evidence = examiner.examine("item", [CLEAR, LISTED], SALT)

    ((subject, found),) = evidence.hits
    assert (evidence.verdict, subject) == ("hit", LISTED)
    assert (found.list, found.id, found.entry) == ("small", "1", digest_of(PERSON).hex())
    assert found.name is not None
    assert found.score >= 800
    assert found.pairs


def test_nobody_listed_is_clear_and_the_best_score_stays_below(examiner: Examiner) -> None:
    evidence = examiner.examine("item", [CLEAR], SALT)

    assert evidence.verdict == "clear"
    assert evidence.looked[0].found == ()
    assert evidence.looked[0].score < evidence.threshold


def test_an_identifier_alone_leads_to_an_entry(examiner: Examiner) -> None:
    ((_, found),) = examiner.examine("item", [BY_NUMBER], SALT).hits

    assert found.id == SHIP.id
    assert (found.name, found.pairs) == (None, ())


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("Invoice 17 on behalf of Muhammad Taher Anwari, machine parts", True),
        ("charter of M/V EBANO STAR voyage 12", True),
        ("GAZMASH spare parts", True),
        ("Invoice 17, machine parts", False),
        ("the star of the show", False),
    ],
)
def test_in_a_text_a_listed_name_is_found_that_stands_there_whole(
    examiner: Examiner, text: str, hit: bool
) -> None:
    subject = Subject("remittance information", "RmtInf/Ustrd", text, prose=True)

    assert (examiner.examine("item", [subject], SALT).verdict == "hit") is hit


def test_an_allowance_takes_out_the_one_match_and_stands_in_the_evidence(examiner: Examiner) -> None:
    def allowed(subject: Subject, entry: Entry) -> str | None:
        return "allow 7" if (subject, entry) == (LISTED, PERSON) else None

    evidence = examiner.examine("item", [LISTED], SALT, allowed)
    both = examiner.examine("item", [LISTED, BY_NUMBER], SALT, allowed)

    assert evidence.verdict == "clear"
    assert evidence.looked[0].found[0].allowed == "allow 7"
    assert (both.verdict, [found.id for _, found in both.hits]) == ("hit", [SHIP.id])
    assert replay(encoded(evidence), [small()]) == []


def test_the_same_screening_gives_the_same_bytes_whatever_the_order_of_lists() -> None:
    first, second = small(PERSON, name="a"), small(SHIP, FIRM, name="b")
    made = [
        encoded(Examiner.of(lists, 800).examine("item", [LISTED, CLEAR], SALT))
        for lists in ([first, second], [second, first])
    ]

    assert made[0] == made[1]
    assert encoded(decoded(made[0])) == made[0]


def test_another_salt_gives_another_commitment(examiner: Examiner) -> None:
    one, other = (encoded(examiner.examine("item", [CLEAR], salt)) for salt in (SALT, bytes(16)))

    assert commitment([one]) != commitment([other])


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=20), st.data())
def test_each_evidence_is_shown_under_the_commitment_to_all(
    evidences: list[bytes], data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, len(evidences) - 1))
    path, root = shown(evidences, number), commitment(evidences)

    leaf = merkle.leaf_hash(evidences[number])
    assert merkle.is_included(leaf, number, len(evidences), path, root)
    assert not merkle.is_included(
        merkle.leaf_hash(evidences[number] + b"."), number, len(evidences), path, root
    )


def test_a_replay_finds_the_same(examiner: Examiner) -> None:
    data = encoded(examiner.examine("item", [CLEAR, LISTED, BY_NUMBER], SALT))

    assert replay(data, [small()]) == []


def test_a_replay_tells_that_a_list_is_another_one(examiner: Examiner) -> None:
    data = encoded(examiner.examine("item", [LISTED], SALT))

    assert "none is given" in replay(data, [])[0]
    assert small(OTHER).version in replay(data, [small(OTHER)])[0]


def test_a_replay_tells_that_a_hit_was_left_out(examiner: Examiner) -> None:
    honest = examiner.examine("item", [CLEAR, LISTED], SALT)
    looked = (honest.looked[0], msgspec.structs.replace(honest.looked[1], found=(), score=100))
    forged = msgspec.structs.replace(honest, looked=looked, verdict="clear")

    wrong = replay(encoded(forged), [small()])

    assert wrong[0].startswith("creditor Cdtr/Nm: it was 100 with nobody and is ")
    assert "verdict: it was clear, and is hit" in wrong


def test_a_replay_names_other_tools_where_something_differs(examiner: Examiner) -> None:
    honest = examiner.examine("item", [LISTED], SALT)
    older = msgspec.structs.replace(honest.tools, icu="63.1")
    looked = (msgspec.structs.replace(honest.looked[0], score=999),)

    assert replay(encoded(msgspec.structs.replace(honest, tools=older)), [small()]) == []
    wrong = replay(encoded(msgspec.structs.replace(honest, tools=older, looked=looked)), [small()])
    assert "63.1" in wrong[-1]


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b'{"format": 1}'])
def test_other_bytes_are_no_evidence(data: bytes) -> None:
    with pytest.raises(EvidenceFaulty, match="no evidence of a screening"):
        decoded(data)


def test_evidence_with_a_blank_more_is_not_taken(examiner: Examiner) -> None:
    data = encoded(examiner.examine("item", [CLEAR], SALT))

    with pytest.raises(EvidenceFaulty, match="it was changed"):
        decoded(data + b" ")
