"""Which .cc files can be compiled as one: those that declare no name that another one uses otherwise.

tools/group-files makes the groups of the build with it, tools/tidy those of clang-tidy. What is overlooked
here shows as an error of the compiler.
"""
import functools
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# What a line at the left edge of formatted code may declare.
TYPE = re.compile(r"(?:struct|class|enum class|enum) (\w+)")
BORROWED = re.compile(r"using (?:\w+::)*(\w+)")  # from a namespace, or an alias
OTHER = re.compile(r"(?:(?<=#define )|(?<![<\w:]))(?:[A-Za-z_~]\w*::)*[A-Za-z_~]\w*(?=\(| =|\{|;|\[)")
NEXT = re.compile(r", (\w+) = ")  # of several constants in a line
NO_NAMES = {"TEST_CASE", "TEST_CASE_TEMPLATE", "static_assert"}
INCLUDED = re.compile(r'^#include "(.+)"', re.MULTILINE)


@functools.cache
def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Declared:
    """What a file declares: names of types, names borrowed from elsewhere (with the line that does), all others,
    and those of them that stand in an unnamed namespace."""

    def __init__(self, text):
        self.types, self.borrowed, self.others, self.unnamed = set(), {}, set(), set()
        unnamed = False
        for line in text.splitlines():
            if line.startswith(("namespace {", "}  // namespace")):
                unnamed = line == "namespace {"
            for name in self.add(line):
                if unnamed and name not in self.borrowed:
                    self.unnamed.add(name)
        self.all = self.types.union(self.borrowed, self.others)

    def add(self, line):
        if match := TYPE.match(line):
            self.types.add(match.group(1))
            return [match.group(1)]
        if match := BORROWED.match(line):
            self.borrowed[match.group(1)] = line
        elif line.startswith("#define"):
            self.others.add(re.split(r"\W+", line)[2])
        elif line[:1].isalpha() and (match := OTHER.search(line)) and match.group() not in NO_NAMES:
            names = [match.group(), *NEXT.findall(line, match.end())]
            self.others.update(names)
            return names
        return []


@functools.cache
def declared(path):
    return Declared(text_of(path))


@functools.cache
def headers_of(path):
    """The project's own headers that it includes, directly or not."""
    found = set()
    waiting = [path]
    while waiting:
        for name in INCLUDED.findall(text_of(waiting.pop())):
            header = os.path.join(ROOT, name)
            if header not in found and os.path.exists(header):
                found.add(header)
                waiting.append(header)
    return frozenset(found)


@functools.cache
def seen_by(path):
    """The names in its headers, each with the headers that declare it."""
    seen = {}
    for header in headers_of(path):
        for name in declared(header).all:
            seen.setdefault(name, set()).add(header)
    return seen


@functools.cache
def own_of(path):
    """The names that a file declares itself: what its headers declare already is theirs, and only defined here."""
    own, headers = declared(path), [declared(header) for header in headers_of(path)]
    return own.unnamed.union(own.borrowed, own.types.difference(*[header.types for header in headers]),
                             own.others.difference(*[header.others for header in headers]))


def hides(path, other):
    """Whether a name of the file means something else in a header that only the other one includes."""
    seen, headers = seen_by(other), headers_of(path)
    return any(seen[name] - headers for name in own_of(path) if name in seen)


def clash(path, other):
    both = own_of(path) & own_of(other)
    borrowed, borrowed_there = declared(path).borrowed, declared(other).borrowed
    return any(name not in borrowed or borrowed[name] != borrowed_there.get(name) for name in both) \
        or hides(path, other) or hides(other, path)


def groups_of(paths, size_max):
    """Lists of files, of about one length. An edit changes them only where it makes names clash."""
    least = -(-len(paths) // size_max)
    size = -(-len(paths) // max(least, 1))
    groups = []
    for path in sorted(paths):
        for group in groups:
            if len(group) < size and not any(clash(path, other) for other in group):
                group.append(path)
                break
        else:
            groups.append([path])
    return groups
