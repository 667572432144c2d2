"""Change the package in small ways, one at a time, and see whether the tests notice.

A mutant is the package with one change: a comparison turned round, a number off by one, an entry
missing from a table, a statement removed. The tests kill a mutant if one of them fails or hangs. A
mutant that survives shows behavior that no test holds, unless `mutation.txt` knows better. Usage::

    tox run -e mutation -- --seed 7 --count 220 --folders _engine _webhooks

The same seed chooses the same mutants of the same package.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import difflib
import os
import queue
import random
import shutil
import signal
import subprocess
import sys
import tempfile

from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import coverage


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


ROOT = Path(__file__).parents[1]
PACKAGE = "pytest_twilio_video"
KNOWN = Path(__file__).with_suffix(".txt")
NOT_COPIED = shutil.ignore_patterns(".git", ".tox", ".venv", "*cache*", "dist", "site")
OUTPUT = "output.txt"
MOST_FIRST = 100  # tests: it takes a while only to collect thousands of them
OPTIONS = ["-q", "-x", "--tb=line", "-p", "no:randomly"]
# All clients beside all companions take minutes, and a browser may be missing.
# A fast test that is not fast hangs.
FAST = ["-m", "not (matrix or process or slow)", "-o", "timeout=30"]
SLOW = ["-m", "(process or slow) and not matrix", "--ignore=tests/report/test_page_in_chromium.py"]
PAIRS = [
    (ast.Lt, ast.LtE),
    (ast.Gt, ast.GtE),
    (ast.Eq, ast.NotEq),
    (ast.Is, ast.IsNot),
    (ast.In, ast.NotIn),
    (ast.And, ast.Or),
    (ast.Add, ast.Sub),
    (ast.Mult, ast.FloorDiv),
]
OTHER = {ast.Div: ast.Mult, **dict(PAIRS), **{right: left for left, right in PAIRS}}
Place = tuple[int, int]  # a line, counted from 1, and bytes in it


class Mutant(NamedTuple):
    """One change: the bytes of *module* from *begin* to *end* become *replacement*."""

    module: str
    begin: int
    end: int
    replacement: str

    def changed(self) -> bytes:
        """Return the module with the change."""
        source = (ROOT / PACKAGE / self.module).read_bytes()
        return source[: self.begin] + self.replacement.encode() + source[self.end :]

    def compiles(self) -> bool:
        """Return whether Python accepts the change."""
        try:
            compile(self.changed(), self.module, "exec")
        except SyntaxError:
            return False
        return True

    def diff(self) -> tuple[str, ...]:
        """Return the removed lines after ``-``, and the added lines after ``+``."""
        before = (ROOT / PACKAGE / self.module).read_text().splitlines()
        lines = difflib.unified_diff(before, self.changed().decode().splitlines(), n=0)
        return tuple(f"{line[0]} {line[1:].strip()}" for line in lines if line[0] in "+-")[2:]


def mutants_of(module: Path) -> Iterator[Mutant]:
    """Yield all mutants of *module*, a few of which do not compile."""
    source = module.read_bytes()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    name = module.relative_to(ROOT / PACKAGE).as_posix()
    for node in _nodes(ast.parse(source)):
        for (line, column), (last_line, last_column), code in _changes(node):
            begin, end = starts[line - 1] + column, starts[last_line - 1] + last_column
            if source[begin:end] != code.encode():
                yield Mutant(name, begin, end, code)


def _nodes(parent: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes below *parent* that have an effect when they run.

    Docstrings, types and lists of public names do not. Limits do: they are read from annotations.
    """
    for name, value in ast.iter_fields(parent):
        for child in value if isinstance(value, list) else [value]:
            match child:
                case ast.Subscript(ast.Name("Annotated"), ast.Tuple([_, *_])):
                    yield from _nodes(ast.List(child.slice.elts[1:]))
                case (
                    ast.Expr(ast.Constant())
                    | ast.Assign([ast.Name("__all__")])
                    | ast.If(ast.Name("TYPE_CHECKING"))
                    | ast.FunctionDef(decorator_list=[ast.Name("overload")])
                    | ast.Call(ast.Name("TypeVar"))
                ):
                    pass
                case ast.Call(ast.Name("cast"), [_, what]):
                    yield from _nodes(ast.List([what]))
                case ast.Subscript(ast.Name(generic)) if generic[0].isupper():
                    pass  # a type alias, e.g. Callable[..., Any]
                case ast.Constant() if isinstance(parent, ast.JoinedStr):
                    pass
                case ast.AST() if name not in {"annotation", "returns", "format_spec"}:
                    yield child
                    yield from _nodes(child)


def _changes(node: ast.AST) -> Iterator[tuple[Place, Place, str]]:  # noqa: C901, PLR0912 -- a table
    """Yield the begin and end of each change of *node*, and the code that replaces it."""
    match node:
        case ast.Constant(bool(value)):
            yield _instead(node, repr(not value))
        case ast.Constant(int(value) | float(value)):
            yield from (_instead(node, repr(value + by)) for by in (1, -1))
        case ast.Constant(str(value)):
            yield _instead(node, repr(f"XX{value}"))
        case ast.Constant(bytes(value)):
            yield _instead(node, repr(b"XX" + value))
        case ast.JoinedStr():
            yield _instead(node, f"('XX' {ast.unparse(node)})")
        case ast.Compare(left, ops, comparators):
            for place, op in enumerate(ops):
                others = [*ops[:place], OTHER[type(op)](), *ops[place + 1 :]]
                yield _instead(node, f"({ast.unparse(ast.Compare(left, others, comparators))})")
        case ast.BoolOp(op, values):
            yield _instead(node, f"({ast.unparse(ast.BoolOp(OTHER[type(op)](), values))})")
            for place in range(len(values)):
                rest = values[:place] + values[place + 1 :]
                yield _instead(node, f"({ast.unparse(ast.BoolOp(op, rest))})")
        case ast.BinOp(left, op, right) if type(op) in OTHER:
            yield _instead(node, f"({ast.unparse(ast.BinOp(left, OTHER[type(op)](), right))})")
        case ast.UnaryOp(ast.Not(), operand):
            yield _instead(node, f"({ast.unparse(operand)})")
        case ast.If(test) | ast.While(test) | ast.IfExp(test):
            yield _instead(test, f"(not ({ast.unparse(test)}))")
        case ast.comprehension(ifs=tests):
            yield from (_instead(test, f"(not ({ast.unparse(test)}))") for test in tests)
        case ast.Tuple(entries) | ast.List(entries) | ast.Set(entries):
            if not isinstance(getattr(node, "ctx", None), ast.Store):
                yield from _shorter([(each, each) for each in entries])
        case ast.Dict(keys, values) if None not in keys:
            yield from _shorter(list(zip(keys, values, strict=True)))
        case ast.Call(keywords=keywords):
            yield from _shorter([(each, each) for each in keywords])
        case ast.Return(ast.expr()):
            yield _instead(node, "return None")
        case ast.Break():
            yield _instead(node, "continue")
        case ast.Continue():
            yield _instead(node, "break")
        case (
            (ast.Raise() | ast.Delete() | ast.AugAssign())
            | ast.Assign([ast.Attribute() | ast.Subscript()])
            | ast.Expr(ast.Call() | ast.Await() | ast.Yield() | ast.YieldFrom())
        ):
            yield _instead(node, "pass")


def _instead(node: ast.AST, code: str) -> tuple[Place, Place, str]:
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset), code


def _shorter(entries: list[tuple[ast.AST, ast.AST]]) -> Iterator[tuple[Place, Place, str]]:
    """Yield, for each of *entries*, its removal. An entry is its first and its last node."""
    for place, (first, last) in enumerate(entries):
        begin, end = _instead(first, "")[0], _instead(last, "")[1]
        if place + 1 < len(entries):
            end = _instead(entries[place + 1][0], "")[0]
        yield begin, end, ""


def known() -> dict[tuple[str, tuple[str, ...]], str]:
    """Return the mutants in `mutation.txt`, which no test has to kill, with the reasons."""
    verdicts = {}
    for paragraph in KNOWN.read_text().split("\n\n"):
        lines = [line for line in paragraph.splitlines() if not line.startswith("#")]
        if lines:
            verdict, module = lines[0].partition(":")[0].split()
            diff = tuple(f"{line[0]} {line[1:].strip()}" for line in lines[1:])
            verdicts[module, diff] = verdict
    return verdicts


def passes(
    tree: Path, tests: list[str], timeout: float, run: Sequence[str] = ("-m", "pytest")
) -> bool:
    """Run pytest with the arguments *tests* on the package in *tree*.

    Return whether the tests pass within *timeout* seconds. Their output is in `OUTPUT`.
    """
    paths = os.pathsep.join([str(tree), str(Path(__file__).parent)])
    environment = {**os.environ, "PYTHONPATH": paths}
    with (tree / OUTPUT).open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *run, *OPTIONS, *tests],
            cwd=tree,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that the processes that tests start end with it
        )
    try:
        return process.wait(timeout) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def covered(tree: Path, timeout: float) -> coverage.CoverageData | None:
    """Run the fast tests, and return which of them run which lines, or None if a test fails."""
    settings = tree / "coverage.ini"
    settings.write_text(f"[run]\ncore = ctrace\nsource_pkgs = {PACKAGE}\n")
    plugin = ["-p", Path(__file__).with_name("contexts.py").stem]
    run = ["-m", "coverage", "run", f"--rcfile={settings}", "-m", "pytest", *plugin]
    if not passes(tree, [*FAST, "tests"], timeout, run):
        return None
    data = coverage.CoverageData(str(tree / ".coverage"))
    data.read()
    # A test that pytest cannot find by its name would seem to kill every mutant.
    tests = _listed(tree, data.measured_contexts() - {""})
    return data if passes(tree, ["--collect-only", tests], timeout) else None


def _listed(tree: Path, tests: Iterable[str]) -> str:
    """Write *tests* into a file, and return the argument by which pytest reads them."""
    chosen = tree / "chosen.txt"
    chosen.write_text("\n".join(tests))
    return f"@{chosen}"


def runs_of(mutant: Mutant, data: coverage.CoverageData, tree: Path) -> list[list[str]]:
    """Return which fast tests to run: a list for each run of pytest.

    The tests that run the lines of *mutant* are enough if the lines are in a function, and if
    coverage knows them, which is not so within some statements. Otherwise all tests must run. The
    tests that run most of the module come first, because they find most mutants.
    """
    source = (ROOT / PACKAGE / mutant.module).read_bytes()
    first, last = (source[:place].count(b"\n") + 1 for place in (mutant.begin, mutant.end))
    contexts = data.contexts_by_lineno(str(tree / PACKAGE / mutant.module))
    found = {test for line in range(first, last + 1) for test in contexts.get(line, [])}
    counts = Counter(test for tests in contexts.values() for test in tests if test)
    by_count = [test for test, _ in counts.most_common()]
    if found and "" not in found and _is_in_function(ast.parse(source), first):
        tests = [test for test in by_count if test in found]
        return [tests[:MOST_FIRST], tests[MOST_FIRST:]]
    return [by_count[:MOST_FIRST], ["tests"]]


def _is_in_function(module: ast.Module, line: int) -> bool:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return any(
        isinstance(node, functions) and node.body[0].lineno <= line <= node.end_lineno
        for node in ast.walk(module)
    )


def survives(
    mutant: Mutant,
    fast: list[list[str]],
    slow: list[list[str]],
    trees: queue.Queue[Path],
    timeout: float,
) -> bool:
    """Return whether all tests pass with *mutant*.

    First the *fast* ones run, and then the *slow* ones, whose processes tell nobody which lines
    they run.
    """
    tree = trees.get()
    module = tree / PACKAGE / mutant.module
    original = module.read_bytes()
    try:
        module.write_bytes(mutant.changed())
        for cached in module.parent.glob(f"__pycache__/{module.stem}.*"):
            cached.unlink()  # Python may take it for current: it looks at whole seconds and sizes
        # Each list is written when its run begins: there is one file for all.
        runs = chain(([*FAST, _listed(tree, tests)] for tests in fast if tests), slow)
        return all(passes(tree, run, timeout) for run in runs)
    finally:
        module.write_bytes(original)
        trees.put(tree)


def main() -> int:
    """Sample mutants, run them, and print what survived and the score."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0, help="chooses the mutants")
    parser.add_argument("--count", type=int, default=220, help="how many mutants")
    parser.add_argument("--folders", nargs="*", default=["."], help="parts of the package")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--timeout", type=float, default=900, help="seconds for a run of tests")
    parser.add_argument(
        "--only-fast",
        action="store_true",
        help="omit the slow tests, which take minutes for each mutant that the fast ones miss",
    )
    parser.add_argument("--at-least", type=float, default=97, help="the score that passes, in %%")
    options = parser.parse_args()

    folders = [ROOT / PACKAGE / folder for folder in options.folders]
    modules = {
        each for path in folders for each in ([path] if path.suffix else path.rglob("*.py"))
    }
    mutants = [mutant for module in sorted(modules) for mutant in mutants_of(module)]
    print(f"{len(mutants)} mutants; {options.count} of them, by seed {options.seed}")
    random.Random(options.seed).shuffle(mutants)  # noqa: S311 -- nothing is secret
    sample = islice(filter(Mutant.compiles, mutants), options.count)
    verdicts, counts = known(), Counter()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.workers) as pool:
        trees: queue.Queue[Path] = queue.Queue()
        for number in range(options.workers):
            trees.put(shutil.copytree(ROOT, Path(folder, str(number)), ignore=NOT_COPIED))
        tree, other = Path(folder, "0"), Path(folder, str(options.workers - 1))
        slow = [] if options.only_fast else [[*SLOW, "tests"]]
        passing = [pool.submit(passes, other, tests, options.timeout) for tests in slow]
        data = covered(tree, options.timeout)
        if data is None or not all(future.result() for future in passing):
            print("The tests fail without any mutant:")
            print(
                *(
                    (used / OUTPUT).read_text()
                    for used in {tree, other}
                    if (used / OUTPUT).exists()
                ),
                sep="\n",
            )
            return 2
        running = {}
        for mutant in sample:
            verdict = verdicts.get((mutant.module, mutant.diff()))
            if verdict is not None:
                counts[verdict] += 1
                print("", f"{verdict} {mutant.module}", *mutant.diff(), sep="\n", flush=True)
                continue
            fast = runs_of(mutant, data, tree)
            running[pool.submit(survives, mutant, fast, slow, trees, options.timeout)] = mutant
        for done in as_completed(running):
            mutant = running[done]
            verdict = "survived" if done.result() else "killed"
            counts[verdict] += 1
            print("", f"{verdict} {mutant.module}", *mutant.diff(), sep="\n", flush=True)
    meant = counts.total() - counts["equivalent"]
    score = 100 * counts["killed"] / max(meant, 1)
    print(f"\n{dict(counts)}: {score:.1f} % of those that are not equivalent were killed")
    return score < options.at_least


if __name__ == "__main__":
    sys.exit(main())
