"""Mutate the numbers and see whether the tests notice: a seeded sample of mutants by family of code.

python .ci/mutants.py [FAMILY ...] [--sample 60] [--seed 20] [--only N ...] [--list] [--json FILE]

The tests of a family are collected once; each mutant then gets a forked process, in which one function's code is
replaced and the tests that reach the changed line run, fastest first, until one fails. Mutants stand in bodies of
functions: comparisons, arithmetic, constants, negations, conditions, and pairs such as min and max. Words (docstrings,
texts, errors), ``strict`` of zip and what is evaluated at import are left alone. Needs os.fork: Linux or macOS.
"""

from __future__ import annotations

import argparse
import ast
import gc
import json
import os
import random
import select
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

#: Family -> (files that are mutated, tests that ought to notice), both relative to the checkout.
FAMILIES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "index": (
        tuple(f"ccd/index/{name}.py" for name in ("build", "fit", "gaps", "scale", "weights")),
        (
            "tests/test_index.py",
            "tests/golden/test_weights.py",
            "tests/golden/test_index_golden.py",
            "tests/property/test_index_properties.py",
            "tests/test_survivors.py",
        ),
    ),
    "coupling": (
        tuple(f"ccd/coupling/{name}.py" for name in ("build", "changes", "degree", "diagnose", "grades")),
        ("tests/test_coupling.py", "tests/golden/test_coupling_golden.py", "tests/test_survivors.py"),
    ),
    "linear": (
        tuple(
            f"ccd/estimate/linear/{name}.py"
            for name in ("absorb", "cr2", "design", "hac", "inference", "ols", "vcov", "counterfactual")
        ),
        (
            "tests/golden/test_two_way.py",
            "tests/golden/test_trends.py",
            "tests/golden/test_imputation.py",
            "tests/property/test_counterfactual.py",
            "tests/test_panel_models.py",
            "tests/golden/test_wild.py",
            "tests/golden/test_draws.py",
            "tests/golden/test_fractional.py",
            "tests/test_survivors.py",
            "tests/reference/test_reference.py",
        ),
    ),
    "did": (
        (
            "ccd/estimate/did/twfe.py",
            *(f"ccd/estimate/did/two_way/{name}.py" for name in ("apart", "event_study", "regression")),
            *(
                f"ccd/estimate/did/group_time/{name}.py"
                for name in ("aggregate", "att_gt", "drdid", "effects", "improved", "multiplier")
            ),
        ),
        (
            "tests/golden/test_two_way.py",
            "tests/golden/test_callaway_santanna.py",
            "tests/golden/test_event_cells.py",
            "tests/golden/test_given_event_study.py",
            "tests/test_heterogeneity.py",
            "tests/golden/test_permuted_effects.py",
            "tests/golden/test_draws.py",
            "tests/golden/test_ddd.py",
            "tests/test_spatial_did.py",
            "tests/test_survivors.py",
            "tests/reference/test_reference.py",
        ),
    ),
    "threshold": (
        tuple(
            f"ccd/estimate/threshold/scan/{name}.py"
            for name in ("beside", "blocks", "bootstrap", "candidates", "exact", "joint", "search", "sets")
        ),
        (
            "tests/test_threshold.py",
            "tests/test_threshold_beside.py",
            "tests/property/test_threshold_properties.py",
            "tests/test_threshold_policy.py",
            "tests/test_threshold_warnings.py",
            "tests/test_survivors.py",
        ),
    ),
    "matching": (
        tuple(
            f"ccd/estimate/matching/{name}.py"
            for name in (
                "abadie_imbens",
                "balance",
                "density",
                "entropy_balance",
                "estimated_score",
                "mahalanobis",
                "match",
                "nearest",
                "pool",
                "score",
                "smoothing",
                "windows",
            )
        ),
        (
            "tests/golden/test_scores_and_balance.py",
            "tests/property/test_matching.py",
            "tests/golden/test_psm_did.py",
            "tests/test_overlap.py",
            "tests/test_matched_effects.py",
            "tests/test_neighbours.py",
            "tests/golden/test_matched_study.py",
            "tests/golden/test_permuted_matching.py",
            "tests/test_survivors.py",
            "tests/reference/test_reference.py",
        ),
    ),
}

COMPARISONS: dict[type[ast.AST], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
ARITHMETIC: dict[type[ast.AST], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
PAIRS = (
    ("min", "max"), ("minimum", "maximum"), ("argmin", "argmax"), ("any", "all"), ("nanmin", "nanmax"), ("sum", "mean"),
    ("nansum", "nanmean"), ("ceil", "floor"), ("exp", "expm1"), ("log", "log1p"), ("zeros", "ones"),
)  # fmt: skip
OTHER = {a: b for one, two in PAIRS for a, b in ((one, two), (two, one))}
BUILT_IN = {"min", "max", "any", "all"}
#: Calls whose arguments are words, and keywords that guard and count nothing.
WORDY = {"text", "suggest", "warn", "fault"}
GUARDS = {"strict", "copy", "check_finite"}
#: A mutant may take as long as its tests did, this many times over, and this many seconds besides.
PATIENCE, GRACE = 5, 10
LIVED = "lived"


@dataclass(frozen=True)
class Mutant:
    """One change of one place in one function: a node gets another value of one of its attributes."""

    file: str
    line: int
    function: str
    what: str
    node: ast.AST
    name: str
    new: object


def mutants(file: str) -> tuple[ast.Module, list[Mutant]]:
    """Return the tree of a file and every mutant of it, in the order of the source."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    found: list[Mutant] = []
    for top in tree.body:
        for function in top.body if isinstance(top, ast.ClassDef) else [top]:
            if isinstance(function, ast.FunctionDef):
                qualname = f"{top.name}.{function.name}" if isinstance(top, ast.ClassDef) else function.name
                for statement in function.body:
                    for node in _nodes(statement):
                        for name, new in _changes(node):
                            what = _shown(node, name, new)
                            found.append(Mutant(file, node.lineno, qualname, what, node, name, new))
    return tree, found


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and what stands below it, words and annotations left out."""
    if isinstance(node, ast.Raise | ast.JoinedStr | ast.arguments):
        return
    if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in WORDY:
        return
    if isinstance(node, ast.keyword) and node.arg in GUARDS:
        return
    if hasattr(node, "lineno"):
        yield node
    for name, child in ast.iter_fields(node):
        if name not in ("annotation", "returns", "decorator_list"):
            for one in child if isinstance(child, list) else [child]:
                if isinstance(one, ast.AST):
                    yield from _nodes(one)


def _changes(node: ast.AST) -> Iterator[tuple[str, object]]:
    """Yield (attribute, its other value) for each change at this very node."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in COMPARISONS:
            yield "ops", [COMPARISONS[type(op)]()]
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in ARITHMETIC:
            yield "op", ARITHMETIC[type(op)]()
        case ast.BoolOp(op=op):
            yield "op", ast.Or() if isinstance(op, ast.And) else ast.And()
        case ast.UnaryOp(op=ast.USub()):
            yield "op", ast.UAdd()
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            yield "test", ast.copy_location(ast.UnaryOp(ast.Not(), test), test)
        case ast.Constant(value=bool(value)):
            yield "value", not value
        case ast.Constant(value=int(value)):
            yield "value", value + 1
        case ast.Constant(value=float(value)):
            yield "value", value * 2 if value else 1.0
        case ast.Attribute(attr=name) if name in OTHER:
            yield "attr", OTHER[name]
        case ast.Name(id=name) if name in BUILT_IN:
            yield "id", OTHER[name]
    for name, child in ast.iter_fields(node):  # ~x and not x become x
        if isinstance(child, ast.UnaryOp) and isinstance(child.op, ast.Invert | ast.Not):
            yield name, child.operand


def _shown(node: ast.AST, name: str, new: object) -> str:
    said = [ast.unparse(node).splitlines()[0]]
    old = getattr(node, name)
    setattr(node, name, new)
    said.append(ast.unparse(node).splitlines()[0])
    setattr(node, name, old)
    return " -> ".join(said)


def code_of(tree: ast.Module, mutant: Mutant) -> tuple[int, CodeType]:
    """Return the first line of the mutant's function and its changed code."""
    old = getattr(mutant.node, mutant.name)
    setattr(mutant.node, mutant.name, mutant.new)
    code = compile(ast.fix_missing_locations(tree), str(ROOT / mutant.file), "exec")
    setattr(mutant.node, mutant.name, old)
    for part in mutant.function.split("."):
        (code,) = (
            c
            for c in code.co_consts
            if isinstance(c, CodeType)
            and c.co_name == part
            and c.co_firstlineno <= mutant.line <= last_line(c)
        )
    return code.co_firstlineno, code


def last_line(code: CodeType) -> int:
    """Return the last line of a function, functions inside it included."""
    inside = [last_line(c) for c in code.co_consts if isinstance(c, CodeType)]
    return max([*(line for *_, line in code.co_lines() if line), *inside])


def put_in(first: int, code: CodeType) -> None:
    """Replace the code of a function wherever it is held."""
    for held in gc.get_objects():
        if isinstance(held, FunctionType):
            was = held.__code__
            if (was.co_filename, was.co_qualname, was.co_firstlineno) == (
                code.co_filename,
                code.co_qualname,
                first,
            ):
                held.__code__ = code


class Mutating:
    """A pytest plugin: learns which test reaches which line, then runs each mutant in a forked process."""

    def __init__(self, family: str, asked: argparse.Namespace) -> None:
        self.family, self.asked = family, asked
        self.files = FAMILIES[family][0]
        self.failed = False
        self.lines: set[tuple[str, int]] = set()
        self.paths = {str(ROOT / file): file for file in self.files}
        self.shared: dict[str, set[tuple[str, int]]] = {}
        self.told: list[dict[str, Any]] = []
        self.all = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember that a test failed."""
        self.failed |= report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the sample instead of the tests."""
        chosen = self.sample()
        if self.asked.list:
            for number, (_, mutant) in chosen:
                sys.stderr.write(f"{number} {mutant.file}:{mutant.line} {mutant.function}: {mutant.what}\n")
            return True
        items = {item.nodeid: item for item in session.items}
        reached = json.loads(self.forked(lambda: self.learn(session.items), 1800) or "null")
        if not isinstance(reached, dict):
            raise pytest.UsageError(f"fails, or lasts, without any mutant: {reached}")
        for number, (tree, mutant) in chosen:
            tests = [items[name] for name in self.ordered(reached, mutant)]
            one = {"number": number, "file": mutant.file, "line": mutant.line, "what": mutant.what}
            one |= self.judged(tests, sum(reached[item.nodeid]["seconds"] for item in tests), tree, mutant)
            self.told.append(one)
            if one["verdict"] != "killed":
                place = f"{mutant.file}:{mutant.line} {mutant.function}"
                sys.stderr.write(f"{number} {one['verdict']} ({len(tests)} tests): {place}: {mutant.what}\n")
        return True

    def judged(
        self, tests: Sequence[pytest.Item], seconds: float, tree: ast.Module, mutant: Mutant
    ) -> dict[str, Any]:
        """Return whether the tests kill a mutant, by which of them, and the seconds that it took."""
        begun = time.monotonic()
        first, code = code_of(tree, mutant)
        if not tests:
            return {"verdict": LIVED, "by": "no test reaches it", "seconds": 0.0}
        said = self.forked(lambda: self.tried(tests, first, code), GRACE + PATIENCE * seconds)
        verdict = {"": "killed by time", LIVED: LIVED}.get(said, "killed")
        return {"verdict": verdict, "by": said, "seconds": round(time.monotonic() - begun, 2)}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        """Keep what fixtures reach apart: other tests of the file may share them."""
        own = self.lines
        self.lines = self.shared.setdefault(item.nodeid.split("::")[0], set())
        yield
        self.lines = own

    def sample(self) -> list[tuple[int, tuple[ast.Module, Mutant]]]:
        """Return the drawn mutants of the family with their numbers among all of it."""
        every = [(tree, one) for tree, found in map(mutants, self.files) for one in found]
        draw = random.Random(f"{self.asked.seed} {self.family}")
        numbers = self.asked.only or sorted(
            draw.sample(range(len(every)), min(self.asked.sample, len(every)))
        )
        self.all = len(every)
        return [(number, every[number]) for number in numbers]

    def ordered(self, reached: Mapping[str, Any], mutant: Mutant) -> list[str]:
        """Return the tests that reach a mutant's line, those of one file together, the quickest first."""
        place = [mutant.file, mutant.line]
        last = getattr(mutant.node, "end_lineno", mutant.line)
        lines = [[mutant.file, line] for line in range(place[1], last + 1)]
        names = [name for name, one in reached.items() if any(line in one["lines"] for line in lines)]
        cost: dict[str, float] = {}
        for name in names:
            cost[name.split("::")[0]] = cost.get(name.split("::")[0], 0.0) + reached[name]["seconds"]
        return sorted(names, key=lambda n: (cost[n.split("::")[0]], n.split("::")[0], reached[n]["seconds"]))

    def learn(self, items: Sequence[pytest.Item]) -> str:
        """Run every test and return, as JSON, its seconds and the lines that it reaches; fixtures count for a file."""
        found: dict[str, dict[str, Any]] = {}
        for item, after in zip(items, [*items[1:], None], strict=True):
            self.lines = set()
            begun = time.monotonic()
            sys.settrace(self.traced)
            self.protocol(item, after)
            sys.settrace(None)
            found[item.nodeid] = {"seconds": time.monotonic() - begun, "lines": self.lines}
            if self.failed:
                return json.dumps(item.nodeid)
        for name, one in found.items():
            one["lines"] = sorted({*one["lines"], *self.shared[name.split("::")[0]]})
        return json.dumps(found)

    def traced(self, frame: FrameType, event: str, arg: object) -> Any:
        """Follow frames of the family's files line by line, and no other."""
        file = self.paths.get(frame.f_code.co_filename)
        if file is None:
            return None
        add, lines = self.lines.add, self.lines

        def step(frame: FrameType, event: str, arg: object) -> Any:
            if self.lines is lines:
                add((file, frame.f_lineno))
            return step

        return step(frame, event, arg)

    def tried(self, tests: Sequence[pytest.Item], first: int, code: CodeType) -> str:
        """Put a mutant in, run the tests, and return the name of the first that fails, or LIVED."""
        put_in(first, code)
        for item, after in zip(tests, [*tests[1:], None], strict=True):
            self.protocol(item, after)
            if self.failed:
                return item.nodeid
        return LIVED

    @staticmethod
    def protocol(item: pytest.Item, after: pytest.Item | None) -> None:
        """Run one test as pytest does."""
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)

    @staticmethod
    def forked(work: Any, seconds: float) -> str:
        """Return what ``work`` returns in a forked process; nothing where it dies or takes longer."""
        sys.stdout.flush()
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.setsid()  # so that its own children end with it
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
            try:
                with os.fdopen(writing, "w") as pipe:
                    pipe.write(work())
            finally:
                os._exit(0)
        os.close(writing)
        said, until = b"", time.monotonic() + seconds
        with os.fdopen(reading, "rb", buffering=0) as pipe:
            while select.select([pipe], [], [], max(0.0, until - time.monotonic()))[0]:
                piece = pipe.read(1 << 20)
                if not piece:
                    break
                said += piece
        try:
            os.killpg(child, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return said.decode()


def main() -> int:
    """Run the families asked for, each in a forked process, and print one line for each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("family", nargs="*", choices=[*FAMILIES, []])
    parser.add_argument("--sample", type=int, default=60)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--only", type=int, nargs="+", default=[])
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    told: dict[str, Any] = {}
    os.chdir(ROOT)
    for family in asked.family or FAMILIES:
        plugin = Mutating(family, asked)
        begun = time.monotonic()
        pytest.main(
            ["-q", "-s", "--no-header", "--no-summary", "-p", "no:cacheprovider", *FAMILIES[family][1]],
            [plugin],
        )
        killed = sum(one["verdict"].startswith("killed") for one in plugin.told)
        told[family] = {
            "all": plugin.all,
            "sampled": len(plugin.told),
            "killed": killed,
            "mutants": plugin.told,
        }
        sys.stderr.write(
            f"{family}: {killed} of {len(plugin.told)} killed, out of {plugin.all} ({time.monotonic() - begun:.0f} s)\n"
        )
        if asked.json:
            asked.json.write_text(json.dumps(told, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
