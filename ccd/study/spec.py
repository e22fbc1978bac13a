"""The sections of a study file as one value, and what is wrong between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from pydantic import Field

from ccd.cells import DataSpec
from ccd.coupling.benchmark.section import BenchmarkSpec
from ccd.coupling.build import CouplingSpec
from ccd.describe.chains.section import ChainsSpec
from ccd.describe.diagnostics.section import Diagnostics
from ccd.describe.spec import DescribeSpec
from ccd.describe.stages.section import StagesSpec
from ccd.documents.build import against_names, column_names
from ccd.documents.spec import DocumentsSpec
from ccd.errors import StudyError, suggest
from ccd.estimate import Model
from ccd.estimate.model import ModelSpec
from ccd.index.build import IndexSpec
from ccd.index.scale import Direction
from ccd.measures.efficiency import EfficiencySpec
from ccd.policies import PolicySpec
from ccd.report.style import OutputSpec
from ccd.section import Section
from ccd.space.description import SpaceSpec
from ccd.space.spec import WeightsSpec
from ccd.spec import Spec
from ccd.study.file_names import file_name_faults
from ccd.study.intervals import IntervalsSpec
from ccd.study.menus import MultiverseSpec
from ccd.study.raw import fault
from ccd.study.tables import RobustnessSpec, TableSpec
from ccd.transforms import TransformSpec
from ccd.words import Text, text

RESERVED = ("C", "T", "D", "weakest")


class Study(Spec):
    """One study file."""

    title: str = ""
    """Title of the report; none: the file's name."""
    language: Literal["en", "zh"] = "en"
    """Language of tables, figures and pages."""
    seed: int = Field(default=0, ge=0)
    """The one seed of every random stream."""
    data: DataSpec
    """The panel."""
    transforms: dict[str, TransformSpec] = Field(default_factory=dict)
    """New columns, in order."""
    efficiency: dict[str, EfficiencySpec] = Field(default_factory=dict)
    """Scores of data envelopment analysis as columns, after the transforms and before the index."""
    subsystems: dict[str, dict[str, Direction]] = Field(default_factory=dict)
    """Subsystem -> indicator -> direction."""
    index: IndexSpec = Field(default_factory=IndexSpec)
    """Scaling and weights."""
    coupling: CouplingSpec = Field(default_factory=CouplingSpec)
    """Formula and grades."""
    policies: dict[str, PolicySpec] = Field(default_factory=dict)
    """Policy -> where its dates come from."""
    weights: dict[str, WeightsSpec] = Field(default_factory=dict)
    """Spatial weights -> who counts as a neighbour of whom."""
    documents: DocumentsSpec | None = None
    """Policy documents, measured by region and year as columns that begin with doc_."""
    space: SpaceSpec | None = None
    """How variables lie in space, by year."""
    stages: dict[str, StagesSpec] = Field(default_factory=dict)
    """Stages of technology and industry by region, from S-curves."""
    chains: ChainsSpec | None = None
    """Where innovation sits against where industry sits."""
    benchmark: BenchmarkSpec | None = None
    """Regions against named peers and nearest neighbours, and areas of a small table."""
    diagnostics: Diagnostics | None = None
    """What is looked at before the first model: correlations, collinearity, means by group, missing cells."""
    defaults: dict[str, Any] = Field(default_factory=dict)
    """Keys of models, such as controls, cluster and window, for every model that knows them and does not set them."""
    describe: DescribeSpec | None = None
    """Variables in space and time: inequality, density, convergence, transitions, centre, drivers, forecasts."""
    models: tuple[Model, ...] = ()
    """The models, in the order of the page."""
    robustness: tuple[RobustnessSpec, ...] = ()
    """Variations of models."""
    multiverse: MultiverseSpec | None = None
    """Every combination of choices; ``ccd multiverse`` runs them."""
    intervals: IntervalsSpec | None = None
    """How sure D, its grades and its ranks are."""
    tables: tuple[TableSpec, ...] = ()
    """Tables of models side by side; none: one table of all of a kind."""
    output: OutputSpec = Field(default_factory=OutputSpec)
    """Formats, figures and style."""

    def numeric_columns(self) -> tuple[str, ...]:
        """Return the columns of the data file that this study needs as numbers."""
        made = {*self.transforms, *self.subsystems, *RESERVED, self.data.time, self.data.entity}
        made |= {column for name, measured in self.efficiency.items() for column in measured.made(name)}
        if self.documents is not None:
            made |= {*column_names(self.documents), *against_names(self.documents)}
        wanted: list[str] = []
        for transform in self.transforms.values():
            wanted += transform.reads()
        for indicators in self.subsystems.values():
            wanted += indicators
        for weights in self.weights.values():
            wanted += weights.columns()
        for model in self.models:
            wanted += (*model.columns(), *model.row_columns())
        for _, section in self.sections():
            wanted += section.columns()
        wanted += [policy.intensity for policy in self.policies.values() if policy.intensity]
        return tuple(dict.fromkeys(name for name in wanted if name not in made))

    def sections(self) -> tuple[tuple[str, Section], ...]:
        """Return the sections that tell a chapter of the page each, by key, in the order of their keys here.

        Of a table of sections each tells its own, under ``SECTION.NAME``.
        """
        found: list[tuple[str, object]] = []
        for key in type(self).model_fields:
            value = getattr(self, key)
            found += (
                [(f"{key}.{n}", one) for n, one in value.items()]
                if isinstance(value, dict)
                else [(key, value)]
            )
        return tuple((name, section) for name, section in found if isinstance(section, Section))

    def text_columns(self) -> tuple[str, ...]:
        """Return the columns of the data file that are read as text even where they look like numbers."""
        own = [*self.data.text_columns()]
        for policy in self.policies.values():
            own += policy.text_columns()
        return tuple(dict.fromkeys(own))

    def faults(self) -> Iterator[StudyError]:
        """Yield what is wrong between sections."""
        yield from self._subsystem_faults()
        for name in self.documents.against if self.documents else ():
            if name not in self.subsystems:
                yield fault(
                    text("there is no subsystem '{name}'", name=name),
                    "documents.against",
                    text("{near}describe it first", near=suggest(name, self.subsystems)),
                )
        names = [model.name for model in self.models]
        yield from file_name_faults("models", names)
        yield from file_name_faults("tables", [table.name for table in self.tables])
        yield from file_name_faults("robustness", [variation.name for variation in self.robustness])
        alike = [name.casefold() for name in names]  # Base and base are one folder on many discs
        for name in sorted({name for name in alike if alike.count(name) > 1}):
            yield fault(
                text("two models are named '{name}'", name=name),
                "models",
                text("give each model its own name"),
            )
        for model in self.models:
            yield from self._model_faults(model.name, model.outcome, model.policies_read())
            yield from _circles(model)
            yield from self._carry_faults(model)
            yield from self._weights_faults(f"models.{model.name}.weights", model.weights_read())
            if self.index.scale == "per-year" and model.outcome in {*RESERVED, *self.subsystems}:
                yield fault(
                    text('scale = "per-year" removes the trend that an effect on an index is read from'),
                    f"models.{model.name}.outcome",
                    text('take index.scale = "minmax", or another scale over all years'),
                )
        for key, told in self.sections():
            yield from self._section_faults(key, told)
        for section, listed in (
            ("tables", [name for table in self.tables for name in table.models]),
            ("robustness", [variation.model for variation in self.robustness]),
            ("multiverse", [self.multiverse.model] if self.multiverse and self.multiverse.model else []),
        ):
            for name in dict.fromkeys(listed):
                if name not in names:
                    yield fault(
                        text("there is no model '{name}'", name=name),
                        section,
                        text("{near}models: {models}", near=suggest(name, names), models=tuple(names)),
                    )

    def _subsystem_faults(self) -> Iterator[StudyError]:
        for name, indicators in self.subsystems.items():
            if name in RESERVED:
                yield fault(
                    text("'{name}' is reserved", name=name), f"subsystems.{name}", text("choose another name")
                )
            if not indicators:
                yield fault(
                    text("the subsystem '{name}' has no indicators", name=name),
                    f"subsystems.{name}",
                    text("list them"),
                )
        if self.multiverse is not None and not self.subsystems:
            yield fault(text("[multiverse] needs subsystems"), "multiverse", text("describe [subsystems]"))
        yield from self._interval_faults()
        if len(self.subsystems) == 1:
            yield fault(
                text("one subsystem alone cannot be coupled"), "subsystems", text("describe at least two")
            )
        for name in self.transforms:
            if name in RESERVED or name in self.subsystems:
                yield fault(
                    text("'{name}' is reserved", name=name), f"transforms.{name}", text("choose another name")
                )

    def _interval_faults(self) -> Iterator[StudyError]:
        if self.intervals is None:
            return
        if not self.subsystems:
            yield fault(text("[intervals] needs subsystems"), "intervals", text("describe [subsystems]"))
        if self.intervals.bootstrap and (self.index.scale in ("per-year", "rank") or self.index.lock):
            yield fault(
                text("drawn regions need bounds of all years that are fitted anew"),
                "intervals.bootstrap",
                text("leave it out, or choose another index.scale and no index.lock"),
            )

    def _weights_faults(self, key: str, read: Sequence[str]) -> Iterator[StudyError]:
        for name in read:
            if name not in self.weights:
                fix = text(
                    "{near}declare them under [weights.{name}]", near=suggest(name, self.weights), name=name
                )
                yield fault(text("there are no weights '{name}'", name=name), key, fix)

    def _section_faults(self, key: str, told: Section) -> Iterator[StudyError]:
        yield from self._weights_faults(f"{key}.weights", told.weights_read())
        for policy in told.policies_read():
            if policy not in self.policies:
                fix = _declare(policy, self.policies)
                yield fault(text("there is no policy '{policy}'", policy=policy), key, fix)
        for column in told.columns():
            if column in RESERVED and not self.subsystems:
                yield fault(
                    text("'{outcome}' needs subsystems", outcome=column), key, text("describe [subsystems]")
                )

    def _carry_faults(self, model: ModelSpec) -> Iterator[StudyError]:
        """Yield why the error of making D cannot be carried into a model that asks for it."""
        if getattr(model, "carry", None) is None:
            return
        key, out = f"models.{model.name}.carry", text("leave carry out")
        if model.outcome not in {*RESERVED, *self.subsystems}:
            yield fault(
                text("'{column}' is not made by the index: it carries no error of it", column=model.outcome),
                key,
                out,
            )
        if self.index.lock:
            yield fault(text("under a lock D is a fixed function of the data: it carries no error"), key, out)
        cluster = getattr(model, "cluster", ())
        if {*((cluster,) if isinstance(cluster, str) else cluster)} - {self.data.entity}:
            fix = text("cluster by {column}, or leave carry out", column=self.data.entity)
            what = text("carry redraws regions one by one, the errors are clustered otherwise")
            yield fault(what, key, fix)

    def _model_faults(self, name: str, outcome: str, policies: Sequence[str]) -> Iterator[StudyError]:
        for policy in policies:
            if policy not in self.policies:
                fix = _declare(policy, self.policies)
                yield fault(
                    text("there is no policy '{policy}'", policy=policy), f"models.{name}.policy", fix
                )
        if outcome in RESERVED and not self.subsystems:
            yield fault(
                text("'{outcome}' needs subsystems", outcome=outcome),
                f"models.{name}.outcome",
                text("describe [subsystems]"),
            )


def _declare(policy: str, known: Iterable[str]) -> Text:
    return text("{near}declare it under [policies.{policy}]", near=suggest(policy, known), policy=policy)


def _circles(model: ModelSpec) -> Iterator[StudyError]:
    """Yield a fault where a model adjusts for its own policy, or for its outcome of the same year."""
    before = {*model.taken_before()}
    for name in sorted({model.outcome, *model.policies_read()} & {*model.adjusts()}):
        if name == model.outcome and name in before:
            continue
        what = text("outcome") if name == model.outcome else text("policy")
        where, role = (
            (f"models.{model.name}", text("adjusted for"))
            if name in before
            else (f"models.{model.name}.controls", text("a control"))
        )
        yield fault(
            text("the {what} '{name}' is {role} too", what=what, name=name, role=role),
            where,
            text("leave it out"),
        )
