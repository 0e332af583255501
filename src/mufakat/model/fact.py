"""A fact that a command brought about: what all events share."""

import msgspec


class Event(msgspec.Struct, frozen=True, array_like=True, tag_field="kind"):
    """A fact, in the past tense. Tags are permanent; new fields come last and have defaults."""
