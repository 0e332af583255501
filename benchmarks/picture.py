"""The picture of a node's ledger: payments a second beside floor and PostgreSQL, and how long an answer takes."""

from pathlib import Path
from typing import Any, Final

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from mufakat.cli.bench_ledger import Measured, Sized

_OWN: Final = "#0b6e4f"
_FLOOR: Final = "#9aa5b1"
_PEER: Final = "#c8553d"
_PERCENTILES: Final = (
    ("half of all", "p50_ms", "#8fd3b6"),
    ("99 %", "p99_ms", "#2d936c"),
    ("99.9 %", "p999_ms", "#0b4f3a"),
)


def draw(found: Measured, path: Path) -> None:
    """Draw the figures of one measurement as an SVG file."""
    figure = Figure(figsize=(11, 4.8), layout="constrained")
    speed, latency = figure.subplots(1, 2, width_ratios=(3, 2))
    _draw_speed(speed, found)
    _draw_latency(latency, found.sizes)
    for axes in (speed, latency):
        axes.set_xscale("log")
        axes.set_yticks(range(len(found.sizes)), [_name(each) for each in found.sizes])
        axes.invert_yaxis()
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(visible=True, axis="x", alpha=0.3)
        axes.set_axisbelow(True)
    latency.tick_params(axis="y", left=False, labelleft=False)
    figure.savefig(path, format="svg", metadata={"Date": None})


def _draw_speed(axes: Any, found: Measured) -> None:
    key = [
        Patch(color=_OWN, label="this ledger, durable"),
        Patch(color=_FLOOR, label="hash, append, fdatasync alone"),
    ]
    every = [(_OWN, -0.2, [each.payments_per_second for each in found.sizes])]
    every.append((_FLOOR, 0.2, [each.floor_per_second for each in found.sizes]))
    for colour, up, figures in every:
        axes.barh([place + up for place in range(len(figures))], figures, 0.4, color=colour)
        for place, each in enumerate(figures):
            axes.text(each * 1.1, place + up, f"{each:,}", va="center", fontsize=8)
    if found.postgres_batch is not None:
        axes.axvline(found.postgres_batch, color=_PEER, linestyle="--")
        key.append(Patch(color=_PEER, label="PostgreSQL, large batches"))
    shown = [each for *_, figures in every for each in figures]
    axes.set_xlim(min(shown) / 4, max(shown) * 8)
    axes.set_title("payments a second", fontsize=10, loc="left")
    axes.legend(
        handles=key, loc="upper center", bbox_to_anchor=(0.5, -0.07), ncols=3, fontsize=8, frameon=False
    )


def _draw_latency(axes: Any, sizes: list[Sized]) -> None:
    for number, (_, field, colour) in enumerate(_PERCENTILES):
        figures = [getattr(each, field) for each in sizes]
        axes.barh([0.26 * (number - 1) + place for place in range(len(sizes))], figures, 0.26, color=colour)
    axes.set_title("milliseconds until a batch is acknowledged", fontsize=10, loc="left")
    key = [Patch(color=colour, label=name) for name, _, colour in _PERCENTILES]
    axes.legend(
        handles=key, loc="upper center", bbox_to_anchor=(0.5, -0.07), ncols=3, fontsize=8, frameon=False
    )


def _name(size: Sized) -> str:
    clients = "1 client" if size.clients == 1 else f"{size.clients} clients"
    return f"{size.per_batch:,} a batch, {clients}"
