"""Mutants of functions: the changed source is compiled, and its code put into the functions that live.

Tables, partials and closures hold the function objects themselves, so whoever calls
one gets the changed code; nothing is imported anew.
"""

from __future__ import annotations

import ast
import functools
import gc
import hashlib
import inspect
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, FunctionType

from tools.mutate.mutant import Mutant
from tools.mutate.operators import Change, changes, keep_names
from tools.mutate.sentences import words

Key = tuple[str, str, int, int]
"""A code object: file, qualified name, first line, first column."""


IS_FUNCTION = inspect.CO_OPTIMIZED
"""Flag of a function's code; the body of a class runs once, at import, and cannot be swapped."""


def code_key(code: CodeType) -> Key:
    """What identifies a function's code across compilations of the same file."""
    columns = (position[2] for position in code.co_positions() if position[2])
    return (code.co_filename, code.co_qualname, code.co_firstlineno, next(columns, 0))


class Live:
    """What lives in this process and can be changed; found once, before the objects are frozen."""

    def __init__(self, root: Path) -> None:
        self._functions: dict[Key, list[FunctionType]] = {}
        self._caches: list[functools._lru_cache_wrapper[object]] = []
        for thing in gc.get_objects():
            if isinstance(thing, FunctionType) and thing.__code__.co_filename.startswith(str(root)):
                self._functions.setdefault(code_key(thing.__code__), []).append(thing)
            elif isinstance(thing, functools._lru_cache_wrapper):
                self._caches.append(thing)

    def holds(self, pairs: tuple[tuple[CodeType, CodeType], ...]) -> bool:
        """Whether any function that lives has this code; what ran at import only cannot be swapped."""
        return any(code_key(old) in self._functions for old, _ in pairs)

    def put(self, pairs: tuple[tuple[CodeType, CodeType], ...]) -> None:
        """Swap the code of every function that has it; what was remembered of the old one is forgotten."""
        for old, new in pairs:
            for function in self._functions.get(code_key(old), ()):
                if function.__code__.co_freevars == new.co_freevars:
                    function.__code__ = new
        self.forget()

    def forget(self) -> None:
        """Empty every cache, so that what it spared is run again."""
        for cache in self._caches:
            cache.cache_clear()


def code_mutants(path: Path, root: Path, live: Live, text: str) -> Iterator[Mutant]:
    """Every mutant of the functions of one module, whose `text` is the one that was loaded."""
    tree = ast.parse(text)
    for closure in _closures(tree):
        keep_names(closure)
    original = compile(tree, str(path), "exec")
    said = words(tree)
    file = str(path.relative_to(root))
    seen: Counter[tuple[str, str]] = Counter()
    for function, name in _functions(tree):
        of = hashlib.sha256(ast.dump(function).encode()).hexdigest()[:16]
        for change in changes(function, said):
            pairs = _changed(tree, change, original, path)
            if pairs:
                seen[name, change.says] += 1
                first, last = change.lines if live.holds(pairs) else (1, 0)
                yield Mutant(
                    file=file,
                    line=change.line,
                    place=name,
                    change=change.says,
                    number=seen[name, change.says],
                    of=of,
                    covers=tuple((file, line) for line in range(first, last + 1)),
                    apply=functools.partial(live.put, pairs),
                )


def _closures(tree: ast.Module) -> list[ast.FunctionDef]:
    """The functions within functions."""
    outer = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inner = (one for node in outer for one in ast.walk(node) if one is not node)
    return [one for one in inner if isinstance(one, ast.FunctionDef)]


def _functions(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef | ast.Lambda, str]]:
    """The outermost functions: of the module, of its classes, and lambdas in its tables."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node, node.name
        elif isinstance(node, ast.ClassDef):
            methods = (item for item in node.body if isinstance(item, ast.FunctionDef))
            yield from ((method, f"{node.name}.{method.name}") for method in methods)
        else:
            lambdas = (item for item in ast.walk(node) if isinstance(item, ast.Lambda))
            yield from ((item, "lambda") for item in lambdas)


def _changed(
    tree: ast.Module, change: Change, original: CodeType, path: Path
) -> tuple[tuple[CodeType, CodeType], ...]:
    """The code objects that a change alters, each with its new form; none when it compiles to the same."""
    undo = change.make()
    try:
        ast.fix_missing_locations(tree)
        mutated = compile(tree, str(path), "exec")
    finally:
        undo()
    return tuple(_differing(original, mutated))


def _differing(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The functions that differ, outer ones before those within them."""
    for before, after in zip(_nested(old), _nested(new), strict=False):
        if not _same(before, after):
            if before.co_flags & IS_FUNCTION:
                yield before, after
            yield from _differing(before, after)


def _nested(code: CodeType) -> list[CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def _same(old: CodeType, new: CodeType) -> bool:
    """Equal but for positions."""
    if (old.co_code, old.co_names, old.co_varnames) != (new.co_code, new.co_names, new.co_varnames):
        return False
    mine, other = _plain(old.co_consts), _plain(new.co_consts)
    nested = zip(_nested(old), _nested(new), strict=False)
    return mine == other and all(_same(before, after) for before, after in nested)


def _plain(constants: Sequence[object]) -> list[tuple[type, object]]:
    return [(type(one), one) for one in constants if not isinstance(one, CodeType)]
