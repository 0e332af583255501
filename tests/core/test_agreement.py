import pytest

from mufakat.core.agreement import declaration_key
from mufakat.core.day import cycle_call, phase_call, swing_call
from mufakat.model.calendar import Phase
from tests.union import TUESDAY, settled_world


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        (phase_call(TUESDAY, Phase.OPEN), "phase"),
        (cycle_call(settled_world(0).state, 1), "cycle"),
        (swing_call(TUESDAY), "swing"),
    ],
)
def test_each_declaration_has_its_kind(what, kind):
    assert declaration_key("QM", what) == f"QM/{kind}"
