"""A dask cluster gives the bytes of one process, and outlives a worker that is killed."""

from __future__ import annotations

import os
import signal
from contextlib import nullcontext

import pytest

from ccd.errors import UsageError
from ccd.pipeline import Options, run_multiverse
from ccd.vary.multiverse.partial import Partial
from tests.menus import write_study

distributed = pytest.importorskip("distributed")

MENU = """
[multiverse]
model = "main"
draws = 19
[multiverse.vary]
"index.scale" = ["minmax", "rank"]
"index.weights" = ["entropy", "critic", "equal"]
"coupling.formula" = ["standard", "fan2024"]
"""


def ran(path, out, **options):
    run_multiverse(path, out, Options(**options), lambda _: nullcontext())
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*.csv")}


def test_a_cluster_that_loses_a_worker_gives_the_bytes_of_one_process(tmp_path, monkeypatch):
    path = write_study(tmp_path, MENU)
    here = ran(path, tmp_path / "here")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        address = cluster.scheduler_address
        with distributed.Client(address, set_as_default=False) as client:
            workers = [*client.run(os.getpid).values()]
        assert os.getpid() not in workers
        keep, killed = Partial.keep, []

        def kill_one(self, place, made):
            if not killed:
                killed.append(workers[0])
                os.kill(workers[0], signal.SIGKILL)
            keep(self, place, made)

        monkeypatch.setattr(Partial, "keep", kill_one)
        assert ran(path, tmp_path / "there", scheduler=address) == here
        assert killed


def test_an_address_without_a_cluster(tmp_path, monkeypatch):
    monkeypatch.setattr("ccd.vary.cluster.PATIENCE", 0.3)
    path = write_study(tmp_path, MENU)
    with pytest.raises(UsageError, match="no cluster answers"):
        ran(path, tmp_path / "out", scheduler="tcp://127.0.0.1:9")
    assert not (tmp_path / "out").exists()
