"""The pipeline: read, evaluate, write whole or not at all; it prints nothing and tells progress by callback."""

from ccd.pipeline.audits import Asked, run_audit
from ccd.pipeline.exports import Export, run_export
from ccd.pipeline.look import Draft, check, checked, explained, init
from ccd.pipeline.replication import inspect, pack, rerun
from ccd.pipeline.runs import (
    run,
    run_base,
    run_describe,
    run_documents,
    run_models,
    run_multiverse,
    run_policies,
)
from ccd.pipeline.steps import (
    Options,
    Run,
    Watch,
    data_inputs,
    destination,
    inputs_of,
    last_seconds,
    table_of,
    write,
)

__all__ = [
    "Asked",
    "Draft",
    "Export",
    "Options",
    "Run",
    "Watch",
    "check",
    "checked",
    "data_inputs",
    "destination",
    "explained",
    "init",
    "inputs_of",
    "inspect",
    "last_seconds",
    "pack",
    "rerun",
    "run",
    "run_audit",
    "run_base",
    "run_describe",
    "run_documents",
    "run_export",
    "run_models",
    "run_multiverse",
    "run_policies",
    "table_of",
    "write",
]
