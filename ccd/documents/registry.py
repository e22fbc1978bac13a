"""The registry of policies as a list of documents: what was approved where and when, by a coding of each policy."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ccd.bundled import bundled_rows, province_code
from ccd.documents.spec import DocumentsSpec
from ccd.errors import DataError, StudyError, suggest
from ccd.words import Text, names, text

CODING_COLUMNS = ("policy", "instrument", "factor", "strength", "score")


def registry_documents(
    spec: DocumentsSpec, coding: pd.DataFrame, entities: Mapping[str, str], source: str
) -> tuple[pd.DataFrame, list[Text]]:
    """Return the registry as a list of documents: each policy and batch once in each province.

    ``entities`` maps a region of the panel to its name or code, ``coding`` has CODING_COLUMNS. Rows of low
    confidence and rows without a year are left out with a note. Raises StudyError for an unknown policy,
    DataError when the regions are not provinces or the coding lacks a column.
    """
    for column in CODING_COLUMNS:
        if column not in coding.columns:
            raise DataError(
                text("the coding has no column '{column}'", column=column),
                where=text("{file}, header", file=source),
                fix=text("it needs: {columns}", columns=tuple(CODING_COLUMNS)),
            )
    chosen = _chosen(spec, [str(p) for p in coding["policy"].unique()])
    provinces = {province_code(name): region for region, name in entities.items() if province_code(name)}
    if not provinces:
        raise DataError(
            text("no region of the panel is a province, and the registry's documents are by province"),
            where=text("study, {key}", key="[documents] registry"),
            fix=text("give your own list of documents: [documents] path = FILE"),
        )
    unknown = sorted(set(entities) - set(provinces.values()))
    notes = [text("Without documents, not a province of the registry: {regions}", regions=names(unknown))]
    issued, undated = _issues(chosen, provinces)
    if undated:
        notes.append(
            text(
                "{count} {count:row of the registry has no year and is no document|rows of the registry "
                "have no year and are no documents}",
                count=undated,
            )
        )
    notes.append(
        text(
            "Instruments, factors and strength of the registry's policies are a coding: replace it by your own"
        )
    )
    rows = [
        {"id": f"{policy} {batch}", "region": region, "issued": str(year), "policy": policy}
        for (policy, batch, region), year in sorted(issued.items())
    ]
    table = pd.DataFrame(rows, columns=["id", "region", "issued", "policy"])
    listed = table.merge(coding[list(CODING_COLUMNS)], on="policy", how="inner", sort=False)
    return listed.drop(columns="policy"), notes if unknown else notes[1:]


def _chosen(spec: DocumentsSpec, coded: list[str]) -> list[str]:
    for policy in spec.policies:
        if policy not in coded:
            raise StudyError(
                text("the coding has no policy '{policy}'", policy=policy),
                where=text("study, {key}", key="[documents] policies"),
                fix=text("{near}it has: {coded}", near=suggest(policy, coded), coded=tuple(coded)),
            )
    return list(spec.policies) or coded


def _issues(policies: list[str], provinces: Mapping[str, str]) -> tuple[dict[tuple[str, str, str], int], int]:
    """Return (policy, batch, region) -> first year, and how many rows have none."""
    issued: dict[tuple[str, str, str], int] = {}
    undated = 0
    for row in bundled_rows("policies.csv"):
        region = provinces.get(row["province_adcode"])
        if row["policy"] not in policies or row["confidence"] == "low" or region is None:
            continue
        if not row["year"]:
            undated += 1
            continue
        key = (row["policy"], row["batch"], region)
        issued[key] = min(issued.get(key, 9999), int(row["year"]))
    return issued, undated
