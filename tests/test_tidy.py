"""What lint cannot hold: no floats, hashes or unordered sets in the rules, a test for each file, numbers kept."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mufakat.model.basket import Fixing
from mufakat.model.calendar import Phase
from mufakat.model.case import Hold
from mufakat.model.certificate import CycleItem, Dues, Kind, Leaf, Total, Why
from mufakat.model.charter import (
    Charter,
    Compliance,
    DefaultProcedure,
    Genesis,
    Governance,
    KeyGrant,
    Member,
    Role,
    Rules,
    Standing,
)
from mufakat.model.command import (
    Action,
    AnyCommand,
    Channel,
    Instruction,
    ObligationItem,
    PaymentOrder,
    SignedCommand,
)
from mufakat.model.default import Call, Cause, Coverage, Tier
from mufakat.model.event import AnyEvent
from mufakat.model.goods import Effect, GoodsRule, Place, RuleMet
from mufakat.model.listing import Alias, Born
from mufakat.model.listing import Entry as ListEntry
from mufakat.model.listing import Kind as ListedKind
from mufakat.model.outcome import ItemOutcome, Outcome, Status
from mufakat.model.proposal import AnyChange, RuleClass
from mufakat.model.queueing import Priority
from mufakat.model.rate import Fill, Rate, Side
from mufakat.model.refusal import Reason
from mufakat.model.swing import SettledLine, Swing
from mufakat.model.trade import DocumentKind, GoodsLine, RegisteredRecord, TradeItem
from mufakat.model.verdict import Hit, Scope, Screened, Verdict

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "mufakat"
FILES = sorted(SOURCE.rglob("*.py"))
PURE = [path for path in FILES if path.relative_to(SOURCE).parts[0] in {"core", "model", "kernels"}]
MOST_LINES, MOST_FUNCTION_LINES = 400, 70
VAGUE = {"utils", "util", "common", "misc", "base", "helpers", "managers"}


def named(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def faults(tree: ast.AST) -> list[str]:
    """Name what has no place in the rules, with its line."""
    wrapped = {
        id(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and called(node) in {"sorted", "len", "any", "all", "sum", "set", "frozenset"}
        for argument in node.args
    }
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=float() | complex()):
                found.append(f"{node.lineno}: a float")
            case ast.Call(func=ast.Name(id="float" | "complex" | "hash" | "id")):
                found.append(f"{node.lineno}: {node.func.id}()")
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                found.append(f"{node.lineno}: a division that makes floats")
            case ast.For(iter=over) | ast.comprehension(iter=over) if is_set(over):
                if not (isinstance(node, ast.comprehension) and inside(tree, node, wrapped)):
                    found.append(f"{over.lineno}: goes through a set, in no order")
            case ast.Call(args=[first, *_]) if called(node) in {"list", "tuple", "iter", "enumerate", "join"}:
                if is_set(first):
                    found.append(f"{node.lineno}: a set made into a sequence, in no order")
            case ast.Starred(value=value) if is_set(value):
                found.append(f"{node.lineno}: a set unpacked, in no order")
            case _:
                pass
    return found


def called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def is_set(node: ast.AST) -> bool:
    """Tell whether an expression is plainly a set."""
    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case ast.Call(func=ast.Attribute(attr="union" | "intersection" | "difference", value=of)):
            return is_set(of)
        case ast.BinOp(left=left, op=ast.BitOr() | ast.BitAnd() | ast.Sub() | ast.BitXor(), right=right):
            return is_set(left) or is_set(right)
    return False


def inside(tree: ast.AST, part: ast.comprehension, wrapped: set[int]) -> bool:
    """Tell whether a comprehension stands in a call to which order is nothing, or makes a set itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.SetComp | ast.GeneratorExp | ast.ListComp) and part in node.generators:
            return isinstance(node, ast.SetComp) or id(node) in wrapped
    return False


@pytest.mark.parametrize("path", PURE, ids=named)
def test_the_rules_know_no_float_hash_or_unordered_set(path):
    assert faults(ast.parse(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "text",
    [
        "x = 1.5",
        "x = float(y)",
        "x = a / b",
        "x /= 2",
        "x = hash(y)",
        "for x in {1, 2}: pass",
        "for x in set(y): pass",
        "y = [x for x in {1} | other]",
        "y = {x: 1 for x in frozenset(z)}",
        "y = list(set(z))",
        "y = tuple({1, 2})",
        "y = ','.join({a for a in b})",
        "y = [*{1, 2}]",
    ],
)
def test_what_has_no_place_in_the_rules_is_noticed(text):
    assert len(faults(ast.parse(text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "x = a // b",
        "y = sorted({1, 2})",
        "y = sorted(set(z))",
        "n = len(set(z))",
        "y = sorted(x for x in {1, 2})",
        "y = {x for x in set(z)}",
        "ok = x in {1, 2}",
    ],
)
def test_what_depends_on_no_order_is_let_be(text):
    assert faults(ast.parse(text)) == []


@pytest.mark.parametrize("path", FILES, ids=named)
def test_modules_and_functions_are_short(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < MOST_FUNCTION_LINES, f"{node.name}, line {node.lineno}"


@pytest.mark.parametrize("path", FILES, ids=named)
def test_modules_are_named_for_what_they_are(path):
    assert path.stem not in VAGUE


NOT_YET = "its test is being written"
NO_TEST_OF_ITS_OWN = {
    "core/docket.py": "plain data; test_case.py, test_verdict.py and test_listing.py read each of its records",
    "core/place.py": "tests/core/test_state.py asks for the key of a record of every table",
    "model/case.py": "tests/core/test_case.py brings each of its events about",
    "projections/payments.py": "tests/projections/test_store.py compares its rows with the rules' state",
    "gateway/document.py": "plain data; each test of the gateway and of files in reads it",
    "gateway/credit.py": "tests/gateway/test_inbound.py reads credit transfers of every kind with it",
    "__main__.py": "tests/node/test_fleet.py starts every node with it",
    "kernels/__main__.py": "tests/kernels/test_main.py runs it",
    "core/order.py": "tests/core/test_payment.py refuses each order for each reason, test_chain.py again",
    "core/dump.py": "tests/core/test_state.py dumps and loads states, damaged ones too",
    "core/promise_invariant.py": "tests/core/test_invariant.py breaks each of them on purpose",
    "model/dealing.py": "tests/core/test_exchange.py says all of them",
    "projections/debts.py": "tests/projections/test_store.py compares its rows with the rules' state",
    "audit/blocks.py": "tests/journal/test_layout.py compares the two ways of reading the same bytes",
    "audit/reading.py": "tests/audit/test_damage.py and test_forgery.py damage what it reads",
    "audit/tree.py": "tests/model/test_merkle.py compares the two trees",
    "kernels/compiled.py": "every kernel is compiled by it",
    "kernels/moves.py": "tests/kernels/test_bypass.py holds what comes of them to the rules of the queue",
    "kernels/layers.py": "tests/kernels/test_setoff.py proves what comes of it, both ways of solving",
    "kernels/paths.py": "tests/kernels/test_setoff.py proves what comes of it, both ways of solving",
    "kernels/potentials.py": "tests/kernels/test_setoff.py proves what comes of it, both ways of solving",
    "journal/batches.py": "tests/journal/test_log.py looks for entries, batches and proofs with it",
    "journal/errors.py": "tests/journal/test_log.py and tests/faults meet each of them",
    "journal/recovery.py": "tests/faults cut the power and let the disk lie",
    "journal/tip.py": "tests/journal/test_log.py writes with it, and the audit reads what it wrote",
    "node/access.py": "what both nodes give; tests/node/test_consortium.py holds them to it",
    "projections/dialect.py": "tests/projections/test_postgres.py says all of it to both databases",
    "projections/fold.py": "tests/projections/test_store.py compares its rows with the rules' state",
}
"""Source files without a test module of their own, each with the reason."""


def mirror(path: Path) -> Path:
    part = path.relative_to(SOURCE)
    return ROOT / "tests" / part.parent / f"test_{part.name}"


@pytest.mark.parametrize("path", [path for path in FILES if path.stem != "__init__"], ids=named)
def test_each_source_file_has_its_test(path):
    assert mirror(path).exists() or NO_TEST_OF_ITS_OWN.get(named(path)), (
        f"write {mirror(path).relative_to(ROOT)}, or say in NO_TEST_OF_ITS_OWN why there is none"
    )


def test_the_list_of_files_without_a_test_names_files():
    assert all((SOURCE / name).exists() for name in NO_TEST_OF_ITS_OWN)


TWINS = {
    "alignment": "aligned_by_sorting",
    "across": "gained_at",
    "bypass": "best_value_by_search",
    "components": "reaches_each_other",
    "conditions": "allotted",
    "limits": "best_set_off_within_limits",
    "names": "closeness_by_search",
    "posting": "taken_prefix",
    "queue": "best_prefixes_by_search",
    "setoff": "best_set_off_by_search",
    "shadow": "longest_way",
    "vocabulary": "nearest_by_search",
}
PARTS = {
    "circulation": "setoff",
    "compiled": "setoff",
    "history": "posting",
    "layers": "setoff",
    "lookup": "posting",
    "moves": "bypass",
    "network": "setoff",
    "paths": "setoff",
    "potentials": "setoff",
    "scaling": "setoff",
}
"""Parts of a kernel, each with the kernel whose twin it is compared with."""


@pytest.mark.parametrize("path", sorted((SOURCE / "kernels").glob("[!_]*.py")), ids=named)
def test_each_kernel_has_its_naive_twin_and_is_compared_with_it(path):
    naive = ast.parse((ROOT / "tests" / "naive.py").read_text(encoding="utf-8"))
    twins = {node.name for node in naive.body if isinstance(node, ast.FunctionDef)}
    kernel = PARTS.get(path.stem, path.stem)
    assert kernel in TWINS, "name the kernel's twin in TWINS, or whose part it is in PARTS"
    assert TWINS[kernel] in twins
    assert TWINS[kernel] in mirror(path.with_stem(kernel)).read_text(encoding="utf-8")


AROUND_THEM = (
    *(Charter, Genesis, Governance, KeyGrant, Member, Rules),
    *(Instruction, ItemOutcome, ObligationItem, Outcome, PaymentOrder, SignedCommand),
    *(Fixing, SettledLine, Swing),
    *(Fill, Rate),
    *(DefaultProcedure, Call, Coverage),
    *(CycleItem, Dues, Leaf, Total),
    *(GoodsLine, GoodsRule, RegisteredRecord, RuleMet, TradeItem),
    *(Alias, Born, Compliance, Hit, Hold, ListEntry, Screened),
)
WIRE = {
    "commands": {kind.__name__: kind.__struct_config__.tag for kind in AnyCommand.__args__},
    "events": {kind.__name__: kind.__struct_config__.tag for kind in AnyEvent.__args__},
    "changes": {kind.__name__: kind.__struct_config__.tag for kind in AnyChange.__args__},
    "fields": {
        kind.__name__: list(kind.__struct_fields__)
        for kind in (*AnyCommand.__args__, *AnyEvent.__args__, *AnyChange.__args__, *AROUND_THEM)
    },
    **{
        f"{kind.__name__.lower()} values": {each.name: each.value for each in kind}
        for kind in (
            Reason,
            Role,
            Status,
            Phase,
            Channel,
            RuleClass,
            Standing,
            Side,
            Cause,
            Tier,
            Priority,
            Kind,
            Why,
            Action,
            DocumentKind,
            Effect,
            Place,
            Verdict,
            Scope,
        )
    },
    "listed kind values": {each.name: each.value for each in ListedKind},
}
GOLDEN = ROOT / "tests" / "golden" / "wire.json"
COMMITTED = json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_the_list_has_every_part_of_the_wire():
    assert set(COMMITTED) == set(WIRE)


@pytest.mark.parametrize("part", WIRE)
def test_no_number_on_the_wire_changes(part):
    for name, value in COMMITTED[part].items():
        now = WIRE[part].get(name)
        if part == "fields" and now is not None:
            now = now[: len(value)]
        assert now == value, (
            f"{part}: {name} was {value} and is {now}. Logs in the field hold the old one: put it back. What is "
            "no longer used keeps its name and number; a new meaning takes a new number, a new field comes last."
        )


@pytest.mark.parametrize("part", WIRE)
def test_each_new_number_on_the_wire_is_new_and_committed(part):
    new = {name: value for name, value in WIRE[part].items() if COMMITTED[part].get(name) != value}
    assert new == {}, (
        f"{part}: add {json.dumps(new)} to tests/golden/wire.json; from then on it never changes"
    )
    if part != "fields":
        assert len(set(WIRE[part].values())) == len(WIRE[part]), f"{part}: one number stands for two things"


REPLAY = """
from mufakat.core import apply
from tests.strategies import each_once, play, world
union = world()
play(union, list(each_once()))
state = apply.found(union.genesis)
for data, at_us in union.log:
    apply.execute(state, data, at_us)
assert state.root() == union.state.root()
print(state.root().hex(), hash("a string"))
"""


def test_one_log_gives_one_root_whatever_the_hash_seed():
    said = []
    for seed in ("1", "4242"):
        done = subprocess.run(
            [sys.executable, "-c", REPLAY],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
            capture_output=True,
            text=True,
            check=True,
        )
        said.append(done.stdout.split())
    assert said[0][0] == said[1][0], "two processes with different hash seeds must come to one root"
    assert said[0][1] != said[1][1], "the two processes did not have different hash seeds"
