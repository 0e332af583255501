import random

import pytest

from mufakat.model import identifier
from mufakat.simulation.naming import Registrar


def test_identifiers_are_well_formed_and_never_handed_out_twice():
    registrar = Registrar(random.Random(3))
    leis = [registrar.lei("QM") for _ in range(200)]
    bics = [registrar.bic("Samudrin", "QN") for _ in range(10)]

    assert all(identifier.lei(lei) == lei for lei in leis)
    assert all(identifier.bic(bic) == bic for bic in bics)
    assert len(set(leis)) == 200
    assert len(set(bics)) == 10


def test_bics_are_of_the_kind_kept_for_tests():
    assert Registrar(random.Random(3)).bic("Samudrin", "QN") == "SAMUQNA0XXX"


def test_firms_have_different_names():
    registrar = Registrar(random.Random(3))
    names = [registrar.firm_name(number % 5) for number in range(400)]

    assert len(set(names)) == 400


def test_a_word_that_was_used_eleven_times_is_a_bug():
    registrar = Registrar(random.Random(3))
    for _ in range(10):
        registrar.bic("Samudrin", "QN")
    with pytest.raises(AssertionError, match="SAMU"):
        registrar.bic("Samudrin", "QN")
