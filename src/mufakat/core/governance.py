"""Shim."""

from mufakat.core.state import State
from mufakat.model.charter import Role


def validators(state: State) -> tuple[tuple[str, bytes], ...]:
    """Shim."""
    return tuple((m.id, k.public) for m in state.charter.members for k in m.keys if "validate" in k.roles)
