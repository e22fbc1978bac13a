"""Where documents come from: a list in a file, or the registry with a coding."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ccd.bundled import data_path
from ccd.documents.registry import registry_documents
from ccd.documents.spec import DocumentsSpec
from ccd.documents.table import Documents, check_documents
from ccd.panel import Panel
from ccd.readers import read_table

CODING = "policy_coding.csv"


def inputs(spec: DocumentsSpec, base: Path) -> dict[str, Path]:
    """Return the files that documents are read from: the name the study gives -> its path."""
    if spec.path is not None:
        return {spec.path: base / spec.path}
    if spec.coding is not None:
        return {spec.coding: base / spec.coding}
    return {f"bundled/{CODING}": data_path(CODING), "bundled/policies.csv": data_path("policies.csv")}


def read_documents(spec: DocumentsSpec, panel: Panel, base: Path) -> Documents:
    """Return the checked documents of a study whose paths are relative to ``base``. Raises DataError."""
    name, path = next(iter(inputs(spec, base).items()))
    table = read_table(path, spec.sheet)
    if spec.path is not None:
        return check_documents(table, spec, panel.entities, name)
    entities = {entity: panel.labels.get(entity, entity) for entity in panel.entities}
    listed, notes = registry_documents(spec, table, entities, name)
    documents = check_documents(listed, spec, panel.entities, name)
    return replace(documents, notes=(*notes, *documents.notes))
