"""Every metric that the code declares, with its labels, read from the code itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
MAKERS = {
    "Level", "gauge", "counter", "Counters", "histogram", "Histograms", "GaugeMetricFamily",
    "CounterMetricFamily",
}  # fmt: skip


def declared() -> dict[str, tuple[str, ...]]:
    """Labels by name, as in the code: without the `_total` of counters."""
    files = [file for folder in ("libs", "services") for file in (ROOT / folder).rglob("*.py")]
    return {name: labels for file in files for name, labels in _in(ast.parse(file.read_text()))}


def _in(module: ast.Module) -> Iterator[tuple[str, tuple[str, ...]]]:
    named = dict(_constants(module))
    for call in ast.walk(module):
        if isinstance(call, ast.Call) and _called(call) in MAKERS:
            arguments = [*call.args, *(it.value for it in call.keywords)]
            for name in _strings(arguments, named):
                if name.startswith("entrepot_"):
                    yield name, _labels(arguments)


def _constants(module: ast.Module) -> Iterator[tuple[str, str]]:
    for it in module.body:
        match it:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(value))):
                yield name, value


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _strings(arguments: list[ast.expr], named: dict[str, str]) -> Iterator[str]:
    for it in arguments:
        match it:
            case ast.Constant(value=str(value)):
                yield value
            case ast.Name(id=name) if name in named:
                yield named[name]


def _labels(arguments: list[ast.expr]) -> tuple[str, ...]:
    for it in arguments:
        match it:
            case ast.List(elts=names) | ast.Tuple(elts=names):
                found = [name.value for name in names if isinstance(name, ast.Constant)]
                if found and len(found) == len(names) and all(isinstance(n, str) for n in found):
                    return tuple(sorted(str(name) for name in found))
    return ()
