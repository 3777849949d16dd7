"""Words that only build a sentence for people: what else they might say breaks no rule.

A place is part of a sentence when it is a fact of a refusal (a named argument of
`fault` or `.refuse`), the message of a finding, a local variable that is read in
such places only, or an argument for a parameter that is. Of those places, only
words as they stand in the source, and choices between two such words, are left
alone: which bill, which organisation and what limit a refusal names stays a rule.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

FACTS_OF = ("fault", "refuse")
"""Calls whose named arguments fill a sentence."""

MESSAGE_OF = {"error": 2, "warning": 2, "_error": 2}
"""Calls that take a sentence, and its place among their arguments."""

Function = ast.FunctionDef | ast.Lambda


def words(tree: ast.Module) -> frozenset[ast.AST]:
    """Every word, and every choice between two words, that only a sentence of a refusal or finding uses."""
    sentences = _Sentences(tree)
    found: set[ast.AST] = set()
    for root in sentences.roots:
        for node in _spoken(root):
            arms = (node.body, node.orelse) if isinstance(node, ast.IfExp) else (node,)
            if all(isinstance(arm, ast.Constant) and isinstance(arm.value, str) for arm in arms):
                found.add(node)
    return frozenset(found)


def _spoken(node: ast.AST) -> Iterator[ast.AST]:
    """What stands in a sentence as it is: not what is looked up to make it, nor the names of its facts."""
    yield node
    if isinstance(node, ast.Dict):
        children: list[ast.expr] = node.values
    else:
        children = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    for child in () if isinstance(node, ast.Call) else children:
        yield from _spoken(child)


class _Sentences:
    """The expressions of a module that only sentences use, by going round until no more are found."""

    def __init__(self, tree: ast.Module) -> None:
        self._functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        self._calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        self._speaking: dict[str, set[str]] = {}
        self.roots: set[ast.AST] = set()
        before = -1
        while before < len(self.roots) + sum(map(len, self._speaking.values())):
            before = len(self.roots) + sum(map(len, self._speaking.values()))
            for call in self._calls:
                self.roots.update(self._said_by(call))
            for function in self._functions:
                self._locals(function)

    def _said_by(self, call: ast.Call) -> Iterator[ast.expr]:
        name = _name(call.func)
        if name in FACTS_OF:
            yield from (word.value for word in call.keywords if word.arg != "field")
        if name in MESSAGE_OF:
            yield from call.args[MESSAGE_OF[name] : MESSAGE_OF[name] + 1]
        for function in self._functions:
            if function.name == name:
                yield from _arguments(call, function, self._speaking.get(name, set()))

    def _locals(self, function: ast.FunctionDef) -> None:
        """Variables and parameters that are read, and read in sentences only."""
        inside = {id(node) for root in self.roots for node in ast.walk(root)}
        reads: dict[str, list[bool]] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                reads.setdefault(node.id, []).append(id(node) in inside)
        spoken = {name for name, places in reads.items() if all(places)}
        parameters = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        self._speaking.setdefault(function.name, set()).update(p.arg for p in parameters if p.arg in spoken)
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                self.roots.update(_assigned(node.targets[0], node.value, spoken))


def _assigned(target: ast.expr, value: ast.expr, spoken: set[str]) -> Iterator[ast.expr]:
    """The part of a value that goes to a variable of a sentence."""
    if isinstance(target, ast.Name) and target.id in spoken:
        yield value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, part in zip(target.elts, value.elts, strict=False):
            yield from _assigned(one, part, spoken)


def _arguments(call: ast.Call, function: ast.FunctionDef, speaking: set[str]) -> Iterator[ast.expr]:
    """The arguments that a call gives to parameters of sentences."""
    names = [parameter.arg for parameter in function.args.args]
    names = names[1:] if names[:1] == ["self"] else names
    yield from (value for name, value in zip(names, call.args, strict=False) if name in speaking)
    yield from (word.value for word in call.keywords if word.arg in speaking)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
