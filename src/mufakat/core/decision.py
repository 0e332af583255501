"""What a handler is: it looks at state and a command, gives events, and ends in one outcome.

A handler yields each event before it looks at the state again; `apply` evolves the event in between. So
the items of a batch see what the items before them did, and nothing is done that is not an event.
"""

from collections.abc import Generator

from mufakat.model.event import AnyEvent
from mufakat.model.outcome import Outcome, Status
from mufakat.model.refusal import Reason, Refusal

Decision = Generator[AnyEvent, None, Outcome]
Events = Generator[AnyEvent, None, None]


def refused(reason: Reason, detail: str = "") -> Outcome:
    """Make the outcome of a refused command."""
    return Outcome(Status.REFUSED, Refusal(reason, detail))
