"""What channels of a policy's effect carry: legs, products, their sensitivity, and effects without a product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ccd.arrays import FloatArray
from ccd.results.value import Aside, Floats, Ints, Keys, Value, agreed


@dataclass(frozen=True)
class Mechanism(Value):
    """What runs through each channel (rows): both legs, their product, its share of the total, and what does not.

    total = indirect + direct. ``rho_at_zero`` is the correlation of the errors of channel and outcome at which nothing
    runs through the channel, ``r2_product`` its square, the product of the shares of both residuals that a common
    cause would explain (Imai, Keele & Yamamoto 2010). ``effect_p_analytic`` is there where a permutation leads the
    policy's effect on the channel.
    """

    shape: ClassVar[str] = "mechanism"

    channel: Keys
    effect: Floats
    effect_std_error: Floats
    effect_p_value: Floats
    on_outcome: Floats
    on_outcome_std_error: Floats
    on_outcome_p_value: Floats
    indirect: Floats
    indirect_low: Floats
    indirect_high: Floats
    share: Floats
    share_low: Floats
    share_high: Floats
    total: Floats
    total_low: Floats
    total_high: Floats
    direct: Floats
    direct_low: Floats
    direct_high: Floats
    rho_at_zero: Floats
    r2_product: Floats
    nobs: Ints
    effect_p_analytic: Floats | None = None

    def facts(self) -> dict[str, object]:
        """Return what summary.json says of each channel among the model's own figures."""
        shown = ("indirect", "share", "direct", "rho_at_zero")
        return {
            channel: {name: float(getattr(self, name)[j]) for name in shown}
            for j, channel in enumerate(self.channel)
        }


@dataclass(frozen=True)
class Mediation(Value):
    """What runs through each channel if the errors of channel and outcome correlate by ``rho`` (rows by channel).

    ``zero`` holds the correlation at which that is 0, one a channel in their order.
    """

    shape: ClassVar[str] = "mediation"

    channel: Keys
    rho: Floats
    acme: Floats
    conf_low: Floats
    conf_high: Floats
    zero: Aside[tuple[float, ...]] = ()


@dataclass(frozen=True)
class MediationByTreatment(Value):
    """What runs through each channel and what does not, without (``treated`` 0) and with the policy (1), two rows each.

    total = acme(1) + direct(0) = acme(0) + direct(1); ``interaction`` is the coefficient of policy times channel.
    """

    shape: ClassVar[str] = "mediation_by_treatment"

    channel: Keys
    treated: Ints
    acme: Floats
    conf_low: Floats
    conf_high: Floats
    direct: Floats
    total: Floats
    interaction: Floats
    interaction_std_error: Floats
    interaction_p_value: Floats


@dataclass(frozen=True)
class ChannelEffects(Value):
    """The policy's effect on each channel and on the outcome (rows), without a product of the two."""

    shape: ClassVar[str] = "channel_effects"

    variable: Keys
    estimate: Floats
    std_error: Floats
    statistic: Floats
    p_value: Floats
    conf_low: Floats
    conf_high: Floats
    nobs: Ints
    p_analytic: Floats | None = None

    @property
    def starred(self) -> FloatArray:
        """Return the p-values (k,) that stars may stand for: nan where the interval says otherwise of zero."""
        return agreed(self.p_value, self.conf_low, self.conf_high)
