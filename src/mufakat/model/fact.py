"""What all commands share, and all events: the facts that commands bring about."""

import msgspec


class Event(msgspec.Struct, frozen=True, array_like=True, tag_field="kind"):
    """A fact, in the past tense. Tags are permanent; new fields come last and have defaults."""


class Command(msgspec.Struct, frozen=True, array_like=True, tag_field="kind", forbid_unknown_fields=True):
    """What all commands share."""
