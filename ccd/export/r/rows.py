"""The region-years of a model in R: what its keys leave out, move, cut off and code."""

from __future__ import annotations

from collections.abc import Iterable

from ccd.estimate.rows.sampling import Sampling
from ccd.export import differs
from ccd.export.job import Job
from ccd.export.r.tongue import among, holds, vector
from ccd.words import Text


def prepared(model: Sampling, job: Job, regressors: tuple[str, ...]) -> tuple[list[str], list[Text]]:
    """Return the lines that do what ``Sampling.prepare`` does, and what differs."""
    lines, said = ["d <- panel"], list[Text]()
    if model.lag:
        names = dict.fromkeys((*regressors, *model.complete_in))
        lines += [f"d${own} <- earlier(panel${own}, {model.lag})" for own in job.columns(names)]
    if model.drop:
        lines.append(f"d <- d[!{among(job.panel.entity_name, list(model.drop), job)}, ]")
    for name, values in model.subset.items():
        lines.append(f"d <- d[{among(name, values, job)}, ]")
    if model.years is not None:
        lines.append(f"d <- d[d${job.time} >= {model.years[0]} & d${job.time} <= {model.years[1]}, ]")
    if model.where:
        lines.append(f"d <- d[which({holds(model.where, job)}), ]")
    if model.complete_in:
        lines.append(known(job.columns(model.complete_in)))
    outcome = job.column(model.outcome)
    if model.log:
        lines.append(f"d${outcome} <- ifelse(d${outcome} > 0, log(pmax(d${outcome}, 1e-300)), NA)")
    if model.winsorise:
        for own in dict.fromkeys((outcome, *job.columns(regressors))):
            lines.append(f"d${own} <- winsorised(d${own}, {model.winsorise!r})")
    if model.spillover is not None:
        near = job.near(model)
        if model.spillover.how == "drop":
            own = job.first(model.own_policy)
            untreated = f"(is.na(d${own}) | d${job.time} < d${own})"
            lines.append(f"d <- d[!({untreated} & !is.na(d${near}) & d${job.time} >= d${near}), ]")
        if model.spillover.policy is None:
            said.append(differs.made(near))
    return lines, said


def treated(job: Job, policy: str) -> list[str]:
    """Return the lines that leave out regions treated throughout and code the policy's dummy."""
    return [*begun(job, policy), dummy(job, policy)]


def begun(job: Job, policy: str) -> list[str]:
    """Return the lines that leave out regions treated throughout; those treated after the last year are never."""
    first = job.first(policy)
    return [
        f"d <- d[is.na(d${first}) | d${first} > min(d${job.time}), ]",
        f"d${first}[which(d${first} > max(d${job.time}))] <- NA",
    ]


def dummy(job: Job, policy: str) -> str:
    """Return the line that codes a policy's dummy."""
    first = job.first(policy)
    return f"d${job.treat(policy)} <- as.numeric(!is.na(d${first}) & d${job.time} >= d${first})"


def known(columns: Iterable[str]) -> str:
    """Return the line that keeps the rows in which all columns are known."""
    return f"d <- d[complete.cases(d[{vector(list(dict.fromkeys(columns)))}]), ]"
