"""A comparison as JUnit XML, which pages of continuous integration show: one test case a file."""

from __future__ import annotations

from xml.etree import ElementTree

from ccd.compared.folders import Comparison, FileMoved
from ccd.compared.numbers import Moved, shown
from ccd.words import visible

#: Numbers that one failure lists.
LISTED = 20


def junit(comparison: Comparison) -> str:
    """Return the XML: a file whose numbers moved is a failure that lists them, the largest relative step first."""
    cases = [(file.name, _said(file) if file.differs else "") for file in comparison.files]
    cases += [(name, "only in the old result") for name in comparison.gone]
    cases += [(name, "only in the new result") for name in comparison.new]
    failures = sum(bool(said) for _, said in cases)
    suite = ElementTree.Element(
        "testsuite", name="ccd compare", tests=str(len(cases)), failures=str(failures)
    )
    for name, said in ((visible(name), said) for name, said in cases):
        case = ElementTree.SubElement(suite, "testcase", classname="ccd.compare", name=name)
        if said:
            ElementTree.SubElement(case, "failure", message=said.split("\n", 1)[0]).text = said
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=False) + "\n"


def _said(file: FileMoved) -> str:
    numbers = file.numbers
    head = f"{len(numbers)} numbers moved, {len(file.gone)} places went, {len(file.new)} came"
    lines = [
        *map(line, numbers[:LISTED]),
        *(visible(f"went: {n}") for n in file.gone),
        *(visible(f"came: {n}") for n in file.new),
    ]
    return "\n".join([head, *lines])


def line(moved: Moved) -> str:
    """Return one value that moved, as old -> new with its relative step, on one line of what can be seen."""
    place = f"{moved.row} {moved.column}".strip()
    step = f" ({moved.relative:.2g})" if moved.is_number else ""
    return visible(f"{place}: {shown(moved.old)} -> {shown(moved.new)}{step}")
