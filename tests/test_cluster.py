"""A dask cluster gives the bytes of one process, and outlives a worker that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import pytest

from ccd.errors import UsageError
from ccd.estimate.did import estimator
from ccd.pipeline import Options, run, run_multiverse
from ccd.vary.multiverse.partial import Partial
from tests.menus import SECOND, write_study

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


ROOT = Path(__file__).parents[1]
KEYS = "permutation = { draws = 120 }\ncarry = { draws = 60 }"


def ran(path, out, command=run_multiverse, **options):
    command(path, out, Options(**options), lambda _: nullcontext())
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


@pytest.fixture
def processes(tmp_path):
    """Give the address of a scheduler and its two workers, each a process of its own on loopback."""
    told = tmp_path / "scheduler.json"
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    dask = [sys.executable, "-m", "dask"]
    one = ["--scheduler-file", str(told), "--no-dashboard", "--host", "127.0.0.1"]
    started = [subprocess.Popen([*dask, "scheduler", *one, "--port", "0"], env=env, cwd=tmp_path)]
    try:
        while not told.exists() and started[0].poll() is None:
            time.sleep(0.05)
        worker = [*dask, "worker", *one, "--nthreads", "1", "--no-nanny", "--death-timeout", "60"]
        started += [subprocess.Popen(worker, env=env, cwd=tmp_path) for _ in range(2)]
        with distributed.Client(scheduler_file=str(told), set_as_default=False, timeout=60) as client:
            client.wait_for_workers(2, timeout=60)
            address = client.scheduler.address
        yield address, started
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def test_scheduler_and_workers_of_their_own_one_killed_in_the_middle(tmp_path, monkeypatch, processes):
    address, (_, first, _) = processes
    path = write_study(tmp_path, SECOND.format(keys=KEYS, model="second") + MENU)
    here = ran(path, tmp_path / "here")
    keep = Partial.keep

    def kill_one(self, place, made):
        first.kill()
        keep(self, place, made)

    monkeypatch.setattr(Partial, "keep", kill_one)
    assert ran(path, tmp_path / "there", scheduler=address) == here
    assert first.wait() == -signal.SIGKILL
    # the study itself, on the worker that is left: models, draws in blocks, variations, carried error
    monkeypatch.setenv("CCD_CACHE", "0")
    monkeypatch.setattr(estimator, "HEAVY", 100)
    alone = ran(path, tmp_path / "alone", run)
    assert len(alone) > 10
    assert ran(path, tmp_path / "far", run, scheduler=address) == alone


def test_an_address_without_a_cluster(tmp_path, monkeypatch):
    monkeypatch.setattr("ccd.vary.cluster.PATIENCE", 0.3)
    path = write_study(tmp_path, MENU)
    with pytest.raises(UsageError, match="no cluster answers"):
        ran(path, tmp_path / "out", scheduler="tcp://127.0.0.1:9")
    assert not (tmp_path / "out").exists()
