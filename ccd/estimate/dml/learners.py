"""The learners, scikit-learn's, each with settings that stay put; one thread, so that the bytes do too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.words import Text, text

Learner = Literal["lasso", "forest", "boosting", "ols"]
#: Folds by which the penalty of a lasso is chosen.
PENALTY_FOLDS = 5

LABELS: dict[Learner, Text] = {
    "lasso": text("Lasso"),
    "forest": text("Random forest"),
    "boosting": text("Gradient boosting"),
    "ols": text("Least squares"),
}


class Fitted(Protocol):
    """What has learnt: it predicts a target from features."""

    def __call__(self, features: FloatArray) -> FloatArray:
        """Return predictions (n,)."""


def learn(learner: Learner, seed: int, features: FloatArray, target: FloatArray, region: IntArray) -> Fitted:
    """Return what a learner makes of ``target`` (n,) from ``features`` (n, p); ``region`` (n,) are never split."""
    made = REGRESSIONS[learner](region, features, seed)
    made.fit(features, target)
    return lambda new: np.asarray(made.predict(new), dtype=np.float64)


def classify(
    learner: Learner, seed: int, features: FloatArray, target: FloatArray, region: IntArray
) -> Fitted:
    """Return the probability that a binary ``target`` (n,) is 1, as a learner sees it."""
    made = CLASSIFIERS[learner](region, features, seed)
    made.fit(features, target.astype(np.intp))
    return lambda new: np.asarray(made.predict_proba(new)[:, 1], dtype=np.float64)


def _grouped(region: IntArray, features: FloatArray) -> list[tuple[IntArray, IntArray]]:
    from sklearn.model_selection import GroupKFold

    folds = min(PENALTY_FOLDS, len(np.unique(region)))
    return list(GroupKFold(folds).split(features, groups=region))


def _standardised(model: Any) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), model)


def _lasso(region: IntArray, features: FloatArray, seed: int) -> Any:
    from sklearn.linear_model import LassoCV

    return _standardised(LassoCV(alphas=100, cv=_grouped(region, features), max_iter=10_000))


def _ols(region: IntArray, features: FloatArray, seed: int) -> Any:
    from sklearn.linear_model import LinearRegression

    return LinearRegression()


def _forest(region: IntArray, features: FloatArray, seed: int) -> Any:
    from sklearn.ensemble import RandomForestRegressor

    return RandomForestRegressor(500, min_samples_leaf=5, max_features=1 / 3, random_state=seed, n_jobs=1)


def _boosting(region: IntArray, features: FloatArray, seed: int) -> Any:
    from sklearn.ensemble import GradientBoostingRegressor

    return GradientBoostingRegressor(n_estimators=200, max_depth=3, learning_rate=0.05, random_state=seed)


def _logit(region: IntArray, features: FloatArray, seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return _standardised(LogisticRegression(C=np.inf, max_iter=10_000))


def _logit_lasso(region: IntArray, features: FloatArray, seed: int) -> Any:
    from sklearn.linear_model import LogisticRegressionCV

    return _standardised(
        LogisticRegressionCV(
            Cs=10,
            cv=_grouped(region, features),
            l1_ratios=(1.0,),
            solver="saga",
            scoring="neg_log_loss",
            max_iter=10_000,
            random_state=seed,
            use_legacy_attributes=False,
        )
    )


def _forest_classes(region: IntArray, features: FloatArray, seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(500, min_samples_leaf=5, max_features=1 / 3, random_state=seed, n_jobs=1)


def _boosting_classes(region: IntArray, features: FloatArray, seed: int) -> Any:
    from sklearn.ensemble import GradientBoostingClassifier

    return GradientBoostingClassifier(n_estimators=200, max_depth=3, learning_rate=0.05, random_state=seed)


Maker = Callable[[IntArray, FloatArray, int], Any]
REGRESSIONS: dict[Learner, Maker] = {"lasso": _lasso, "forest": _forest, "boosting": _boosting, "ols": _ols}
CLASSIFIERS: dict[Learner, Maker] = {
    "lasso": _logit_lasso,
    "forest": _forest_classes,
    "boosting": _boosting_classes,
    "ols": _logit,
}
