"""The parts of a multiverse from its numbers, with the notes that belong to each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.coupling.grades import classes
from ccd.estimate.linear.vcov import quantile
from ccd.results import (
    Chapter,
    DegreeSpread,
    Extremes,
    JointStatistics,
    Part,
    RankRange,
    SignCount,
    Specifications,
    Value,
    VarianceShares,
)
from ccd.vary.degrees import plain_level
from ccd.vary.multiverse.gather import Gathered
from ccd.vary.multiverse.ground import Ground
from ccd.vary.multiverse.joint import STATISTICS, JointTest, joint_test
from ccd.vary.multiverse.shares import Shares, exact_shares, filled, sampled_shares
from ccd.vary.multiverse.spread import agreement, rank_spread, ranks_of, spread_of
from ccd.words import Name, Text, text


def chapter(ground: Ground, found: Gathered, command: Sequence[str]) -> Chapter:
    """Return the chapter ``multiverse``; ``command`` are the words of ``ccd run`` that a specification adds to."""
    notes = [*_failures(found), *ground.notes()]
    if ground.menu.added:
        notes.append(
            text(
                "The study as it stands is no combination of the menu; it is added as specification {number}",
                number=len(ground.menu),
            )
        )
    test = _tested(ground, found)
    if ground.menu.models and ground.menu.spec.draws and test is None:
        notes.append(
            text(
                "No joint test: it takes two-way effects or imputation, clustered by one column, without weights"
            )
        )
    specified = _specifications(ground, found, test)
    parts: list[Part[Value]] = [Part(specified)]
    parts += [] if not ground.menu.models else [Part(_extremes(ground, specified, command))]
    shares, said = _shares(ground, found, specified)
    parts.append(Part(shares, notes=said))
    if test is not None:
        draws, joint = len(test[0].drawn), test[0]
        value = JointStatistics(STATISTICS, joint.observed, joint.p_value, draws, len(test[1]))
        missing = int(np.isfinite(specified.estimate).sum()) - len(test[1])
        left = text(
            "{count} {count:specification has|specifications have} no draws of the joint test", count=missing
        )
        parts.append(Part(value, notes=(left,) if missing else ()))
    parts += _spread(ground, found)
    return Chapter("multiverse", text("Every combination of choices"), tuple(parts), tuple(notes))


def _failures(found: Gathered) -> Iterator[Text]:
    counted = Counter(reason for reason in (*found.reasons, *found.base_reasons) if reason)
    listed = Counter(reason for reason in found.reasons if reason) or counted
    for reason, count in listed.items():
        yield text(
            "{count} {count:specification|specifications} without numbers: {reason}",
            count=count,
            reason=reason,
        )


def _tested(ground: Ground, found: Gathered) -> tuple[JointTest, IntArray] | None:
    """Return the joint test and the specifications in it; None: there is none."""
    if found.drawn is None or found.t is None:
        return None
    rows = np.flatnonzero(np.isfinite(found.t[:, 0]))
    if not len(rows):
        return None
    scale = found.rows[rows, 3] if ground.menu.spec.effect == "sd" else np.ones(len(rows))
    sd = found.rows[rows, 3]
    critical = np.array([quantile(0.95, g - 1) for g in found.clusters[rows]])
    tested = joint_test((found.drawn[rows] / sd[:, None]).T, found.t[rows].T, critical)
    if ground.menu.spec.effect == "sd":
        return tested, rows
    raw = joint_test((found.drawn[rows] / scale[:, None]).T, found.t[rows].T, critical)
    return JointTest(tested.observed, tested.p_value, tested.drawn, raw.band), rows


def _specifications(
    ground: Ground, found: Gathered, test: tuple[JointTest, IntArray] | None
) -> Specifications:
    menu = ground.menu
    estimate, std_error, p_value, sd = found.rows.T
    effect_sd = estimate / sd
    shown = estimate if menu.spec.effect == "raw" else effect_sd
    permuted = np.full(len(menu), np.nan)
    low = high = None
    if test is not None and found.t is not None:
        rows = test[1]
        t = np.abs(np.asarray(found.t[rows]))
        beyond = (t[:, 1:] >= t[:, :1] * (1 - 1e-10)).sum(axis=1)
        permuted[rows] = (1 + beyond) / (1 + np.isfinite(t[:, 1:]).sum(axis=1))
        if len(rows) == int(np.isfinite(shown).sum()):
            low, high = test[0].band
    tau = agreement(found.degrees, found.degrees[menu.base[menu.baseline]], _times(ground))[menu.base]
    marked = np.arange(len(menu)) == menu.baseline
    return Specifications(
        number=np.arange(1, len(menu) + 1),
        estimate=estimate,
        std_error=std_error,
        p_value=p_value,
        effect_sd=effect_sd,
        p_permuted=permuted,
        nobs=found.nobs,
        tau_last=tau[:, 0],
        tau_panel=tau[:, 1],
        baseline=marked,
        reason=found.reasons,
        factors=tuple(factor.key for factor in menu.factors),
        levels=tuple(factor.labels for factor in menu.factors),
        codes=menu.codes,
        shown=shown,
        model=menu.spec.model,
        counted=_counted(
            shown, np.where(np.isfinite(permuted), permuted, p_value), menu.baseline, menu.spec.effect
        ),
        low=low,
        high=high,
    )


def _counted(shown: FloatArray, p: FloatArray, baseline: int, unit: str) -> SignCount | None:
    known = np.isfinite(shown)
    if not known.any():
        return None
    own, own_p, base = shown[known], p[known], float(shown[baseline])
    below = float(np.mean(own < base) + np.mean(own == base) / 2) if np.isfinite(base) else float("nan")
    return SignCount(
        total=len(shown),
        known=len(own),
        median=float(np.median(own)),
        lowest=float(own.min()),
        highest=float(own.max()),
        positive=float(np.mean(own > 0)),
        significant_positive=float(np.mean((own > 0) & (own_p < 0.05))),
        significant_negative=float(np.mean((own < 0) & (own_p < 0.05))),
        baseline=base,
        percentile=below,
        unit=unit,
    )


def _extremes(ground: Ground, found: Specifications, command: Sequence[str]) -> Extremes:
    """Return the ends of the curve and the study, each with the command that repeats it."""
    rows = [("the study", ground.menu.baseline)]
    if len(found.order):
        rows += [("smallest", int(found.order[0])), ("largest", int(found.order[-1]))]
    at = np.array([row for _, row in rows], dtype=np.intp)
    words = {
        "the study": text("the study"),
        "smallest": text("smallest effect"),
        "largest": text("largest effect"),
    }
    return Extremes(
        which=tuple(words[name] for name, _ in rows),
        number=found.number[at],
        estimate=found.estimate[at],
        effect_sd=found.effect_sd[at],
        p_value=found.p_leading[at],
        command=tuple(_command(ground, row, command) for row in at),
    )


def _command(ground: Ground, row: int, command: Sequence[str]) -> str:
    model = ground.menu.spec.model
    words = [*command, "--only", model]
    for key, value in ground.menu.choices(row).items():
        full = f"models.{model}.{key[6:]}" if key.startswith("model.") else key
        words += ["--set", f"'{full}={_toml(value)}'"]
    return " ".join(words)


def _toml(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return plain_level(value)


def _shares(
    ground: Ground, found: Gathered, specified: Specifications
) -> tuple[VarianceShares, tuple[Text, ...]]:
    menu = ground.menu
    targets: list[tuple[str, FloatArray, list[int]]] = []
    reaching = [f for f, factor in enumerate(menu.factors) if not factor.of_model]
    if reaching:
        targets.append(("D", found.degrees, reaching))
    if menu.models:
        every = [*range(len(menu.factors))]
        targets += [("effect_sd", specified.effect_sd, every), ("estimate", specified.estimate, every)]
    listed: list[tuple[str, str, float, float]] = []
    left: list[tuple[str, float]] = []
    notes: list[Text] = [
        text("A share speaks of this menu alone: another choice on it, or one less, gives other shares")
    ]
    for target, y, columns in targets:
        shares, dropped = _of_target(
            menu.codes[menu.grid], menu.base[menu.grid], y, columns, whole=menu.whole
        )
        if shares is None:
            notes.append(text("No shares of {target}: no full grid of choices is left", target=Name(target)))
            continue
        if dropped:
            named = tuple(f"{menu.factors[f].key} = {menu.factors[f].labels[code]}" for f, code in dropped)
            notes.append(
                text(
                    "Shares of {target} without choices that cannot be estimated throughout: {choices}",
                    target=Name(target),
                    choices=named,
                )
            )
        left.append((target, shares.interaction))
        for k, f in enumerate(columns):
            listed.append((target, menu.factors[f].key, float(shares.first[k]), float(shares.total[k])))
    if not menu.whole:
        notes.append(
            text("Shares are approximate: a regression on main effects over the specifications drawn")
        )
    value = VarianceShares(
        target=tuple(row[0] for row in listed),
        factor=tuple(row[1] for row in listed),
        first=np.array([row[2] for row in listed]),
        total=np.array([row[3] for row in listed]),
        interactions=tuple(left),
        exact=menu.whole,
    )
    return value, tuple(notes)


def _of_target(
    codes: IntArray, base: IntArray, y: FloatArray, columns: list[int], *, whole: bool
) -> tuple[Shares | None, tuple[tuple[int, int], ...]]:
    """Return the shares of a target by its factors, and the choices that had to go, as (factor, choice)."""
    own = codes[:, columns]
    if y.ndim == 2:  # of each base once: the models that hang on it repeat its D
        own, first = np.unique(own, axis=0, return_index=True)
        rows = base[first]
        together = len(rows) and (np.diff(rows) == 1).all()  # a view: it may lie in a file
        y = y[rows[0] : rows[-1] + 1] if together else y[rows]
    else:
        y = y[: len(own)]
    known: BoolArray = np.isfinite(y.reshape(len(y), -1)).all(axis=1).reshape(-1)
    if not whole:
        if not known.all():
            own, y = own[known], y[known]
        return (sampled_shares(own, y) if len(own) > 1 else None), ()
    keep, gone = filled(own, known)
    if not keep.any():
        return None, ()
    return exact_shares(own[keep], y[keep]), tuple((columns[f], code) for f, code in gone)


def _times(ground: Ground) -> IntArray:
    return np.asarray(ground.shared.get_level_values(1), dtype=np.intp)


def _spread(ground: Ground, found: Gathered) -> list[Part[Value]]:
    """Return the spread of D and of ranks over the distinct D of the menu."""
    known: BoolArray = np.isfinite(found.degrees).all(axis=1).reshape(-1)
    base = int(ground.menu.base[ground.menu.baseline])
    if not known[base]:
        return []
    d = found.degrees if known.all() else found.degrees[known]
    baseline, time = np.asarray(found.degrees[base]), _times(ground)
    entity = tuple(str(name) for name in ground.shared.get_level_values(0))
    spread = spread_of(d, baseline, classes(ground.menu.bases[base].study.coupling.grades))
    low, middle, high = rank_spread(d, time)
    own = ranks_of(baseline[None], time)[0]
    least, q25, median, q75, greatest = spread.quantiles
    value = DegreeSpread(
        entity=entity,
        time=time,
        degree=baseline,
        minimum=least,
        q25=q25,
        median=median,
        q75=q75,
        maximum=greatest,
        grade_span=spread.grade_span,
        same_grade=spread.same_grade,
        specifications=len(d),
    )
    ladder = RankRange(
        entity=entity * 2,
        time=np.tile(time, 2),
        rank=np.concatenate([own, middle]),
        low=np.tile(low, 2),
        high=np.tile(high, 2),
        source=("specifications",) * len(entity) + ("specifications, median",) * len(entity),
    )
    return [Part(value), Part(ladder)]
