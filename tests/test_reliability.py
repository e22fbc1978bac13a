"""Nothing half-written, nothing lost: full and read-only disks, two runs at one place, kills, workers that die."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from ccd import manifest
from ccd.cache import Cache, work_key, write_whole
from ccd.cli import main
from ccd.errors import MachineError, UsageError
from ccd.evaluate.fit import fit_one
from ccd.output import whole
from ccd.pipeline.steps import table_of
from ccd.processes import FORKS
from ccd.study import load_study
from ccd.vary.execute import Job, execute
from ccd.vary.multiverse.partial import Partial
from ccd.vary.run import lay
from ccd.writing import alone, replacing
from tests.cli.house import STUDY, replaced, tree, write

ROOT = Path(__file__).parents[1]
USAGE = 2
unix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits as Unix has them")
linux = pytest.mark.skipif(
    not Path("/proc/self/task").is_dir(), reason="/proc tells which processes there are"
)
MENU = """[multiverse]
model = "base"
draws = 49
vary = { "model.controls" = [["x"], []], "index.weights" = ["entropy", "equal", "critic"] }
[output]"""


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "CCD_CACHE": "0", **more}


def started(*words: str, code: str = "", **more: str) -> subprocess.Popen[str]:
    """Start the program in a session of its own, after ``code``."""
    run = [sys.executable, "-c", f"{code}\nimport sys\nfrom ccd.cli import main\nsys.exit(main())", *words]
    return subprocess.Popen(
        run, env=environment(**more), stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True
    )


def numbers(out: Path) -> dict[str, bytes]:
    """Return a whole result without what changes from run to run; it must be as its manifest says."""
    assert not manifest.verify(out)
    files = tree(out)
    told = json.loads(files.pop("manifest.json"))
    return {**files, "manifest": json.dumps({**told, "seconds": {}, "command": [], "digest": ""}).encode()}


def beside(out: Path) -> list[str]:
    """Return what lies beside a result and begins with its name, hidden or not."""
    return sorted(p.name for p in out.parent.iterdir() if p.name != out.name and out.name in p.name)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, bytes], dict[str, bytes]]:
    """Return two studies that differ, and their results."""
    folders = [tmp_path_factory.mktemp(name) for name in ("first", "second")]
    studies = [
        write(folders[0], replaced(STUDY, {"[output]": MENU})),
        write(folders[1], replaced(STUDY, {'title = "Small"': 'title = "Other"\nseed = 7'})),
    ]
    for study in studies:
        assert main(["run", str(study), "-o", str(study.parent / "out"), "-q"]) == 0
    return *studies, *(numbers(study.parent / "out") for study in studies)


# ---- a place of one's own


def test_a_place_is_held_by_one_and_free_afterwards(tmp_path):
    out = tmp_path / "out"
    with alone(out), pytest.raises(UsageError, match="another run is writing here"), alone(out):
        pass
    assert not list(tmp_path.iterdir())
    with alone(out):
        pass


@unix
def test_a_place_is_free_when_its_holder_was_killed(tmp_path):
    code = f"from pathlib import Path\nfrom ccd.writing import alone\nwith alone(Path({str(tmp_path / 'out')!r})):\n"
    holder = subprocess.Popen(
        [sys.executable, "-c", f"{code}    print(1, flush=True)\n    input()"],
        env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout is not None
    holder.stdout.readline()
    with pytest.raises(UsageError, match="another run"), alone(tmp_path / "out"):
        pass
    holder.kill()
    holder.communicate()
    with alone(tmp_path / "out"):
        assert [p.name for p in tmp_path.iterdir()] == [".out.lock"]
    assert not list(tmp_path.iterdir())


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(UsageError, match="No space left"), replacing(path) as making:
        making.write_text("new and lo", encoding="utf-8")
        raise OSError(28, "No space left on device")
    assert tree(tmp_path) == {"a.txt": b"old"}
    with replacing(path) as making:
        making.write_text("new", encoding="utf-8")
    assert tree(tmp_path) == {"a.txt": b"new"}


def test_a_run_says_that_another_writes_there(two, tmp_path, capsys):
    study, _, _, other = two
    out = tmp_path / "out"
    with whole(out) as making:
        assert main(["run", str(study), "-o", str(out), "-q"]) == USAGE
        shutil.copytree(two[1].parent / "out", making, dirs_exist_ok=True)
    assert capsys.readouterr().err.startswith("error: another run is writing here")
    assert numbers(out) == other
    assert not beside(out)


def test_two_runs_into_one_folder_never_mix(two, tmp_path):
    out = tmp_path / "out"
    runs = [started("run", str(study), "-o", str(out), "-q") for study in two[:2]]
    told = [run.communicate()[1] for run in runs]
    codes = [run.returncode for run in runs]
    assert 0 in codes and set(codes) <= {0, USAGE}
    assert all("another run is writing here" in said for said, code in zip(told, codes, strict=True) if code)
    assert numbers(out) in two[2:]
    assert not beside(out)


def test_a_menu_is_worked_on_by_one_run(two, tmp_path, capsys):
    out = tmp_path / "out"
    partial = Partial(tmp_path / "out.partial", {})
    partial.begin()
    assert main(["multiverse", str(two[0]), "-o", str(out), "-q"]) == USAGE
    assert main(["multiverse", str(two[0]), "-o", str(out), "-q", "--fresh"]) == USAGE
    assert capsys.readouterr().err.count("another run is writing here") == 2
    assert (tmp_path / "out.partial").is_dir()
    partial.remove()
    assert main(["multiverse", str(two[0]), "-o", str(out), "-q"]) == 0
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


# ---- killed

#: Where a run dies: before the new result stands, right after, between the renames where folders cannot change places,
#: and while what stood there is removed.
MOMENTS = {
    "before": "o.swapped = lambda *_: die()",
    "after": "own = o.swapped; o.swapped = lambda *a: (own(*a), die())",
    "between": "import pathlib; n = []; own = pathlib.Path.rename; o.swapped = lambda *_: False\n"
    "def rename(p, to):\n    n.append(p)\n    die() if len(n) == 2 else own(p, to)\npathlib.Path.rename = rename",
    "removing": "own = o.shutil.rmtree; o.shutil.rmtree = lambda p, **k: die() if p.exists() else own(p, **k)",
    "writing": "import ccd.manifest as m; m.write_manifest = lambda *_: die()",
}


@unix
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_killed_while_it_writes_leaves_one_result_whole(moment, two, tmp_path):
    first, second, old, new = two
    out = tmp_path / "out"
    shutil.copytree(first.parent / "out", out)
    code = f"import os, ccd.output as o\ndie = lambda: os.kill(os.getpid(), 9)\n{MOMENTS[moment]}"
    running = started("run", str(second), "-o", str(out), "-q", code=code)
    running.communicate()
    assert running.returncode == -signal.SIGKILL
    if moment != "between":  # there the next run puts the old one back
        assert numbers(out) == (new if moment in ("after", "removing") else old)
    assert beside(out)
    for name in beside(out):
        assert name.startswith(".")
    with pytest.raises(RuntimeError), whole(out):
        assert numbers(out) == (new if moment in ("after", "removing") else old)
        raise RuntimeError
    assert not beside(out)
    assert main(["run", str(first), "-o", str(out), "-q"]) == 0
    assert numbers(out) == old
    assert not beside(out)


@pytest.mark.slow
@unix
def test_a_run_killed_at_any_moment_leaves_one_result_whole(two, tmp_path):
    rng = np.random.default_rng(20)
    studies, known = two[:2], two[2:]
    out = tmp_path / "out"
    began = time.monotonic()
    with started("run", str(studies[0]), "-o", str(out), "-q") as running:
        running.communicate()
    whole_run = time.monotonic() - began
    ended = {0: 0, -signal.SIGKILL: 0}
    for turn in range(40):
        with started("run", str(studies[(turn + 1) % 2]), "-o", str(out), "-q") as running:
            time.sleep(rng.uniform(0.3, 1.05) * whole_run)
            running.kill()
        ended[running.returncode] += 1
        assert numbers(out) in known
    assert ended[-signal.SIGKILL] > 10
    assert main(["run", str(studies[0]), "-o", str(out), "-q"]) == 0
    assert numbers(out) == known[0]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


# ---- workers


@pytest.mark.skipif(not FORKS, reason="what is patched here reaches forked processes alone")
def test_a_worker_that_is_killed_is_told_and_finished_models_stay(two, tmp_path, monkeypatch):
    file = load_study(two[0])
    (model,) = file.study.models
    named = [model.model_copy(update={"name": name}) for name in ("kept", "killed")]
    ground = lay(file, table_of(file), named, ())
    (base,) = ground.panels
    cache = Cache(tmp_path)
    jobs = [Job(base, one, 1, key=work_key("model", one.name)) for one in named]

    def fit(chosen, *asked, **more):
        if chosen.name == "killed":
            while cache.take(jobs[0].key) is None:
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGKILL)
        return fit_one(chosen, *asked, **more)

    monkeypatch.setattr("ccd.vary.execute.fit_one", fit)
    with pytest.raises(MachineError, match="ended from outside") as told:
        execute(jobs, ground.panels, 2, cache=cache)
    assert "外部终止" in told.value.render("zh")
    monkeypatch.undo()
    done = execute(jobs, ground.panels, 2, cache=cache)
    again = execute(jobs, ground.panels)
    assert [one.estimate.leading for one in done] == [one.estimate.leading for one in again]


def at_work(pid: int) -> list[int]:
    """Return the processes that a process started and that leave Ctrl-C to it."""
    bit = 1 << (signal.SIGINT - 1)
    found = []
    for one in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split():
        left = re.search(r"^SigIgn:\s*(\w+)", Path(f"/proc/{one}/status").read_text(encoding="utf-8"), re.M)
        if left and int(left[1], 16) & bit:
            found.append(int(one))
    return found


@linux
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_ended_leaves_no_process_behind(sent, tmp_path):
    models = "".join(
        f'[[models]]\nname = "m{k}"\nkind = "did"\noutcome = "x"\npolicy = "pilot"\nplacebo = {{ draws = 400000 }}\n'
        for k in range(2)
    )
    study = write(tmp_path, replaced(STUDY, {"[output]": f"{models}[output]"}))
    with started("run", str(study), "-o", str(tmp_path / "out"), "-q", "--jobs", "2") as running:
        while len(found := at_work(running.pid)) < 2:
            time.sleep(0.02)
            assert running.poll() is None
        for _ in range(3):  # Python ignores a Ctrl-C that falls into a finaliser: whoever waits presses again
            if sent == signal.SIGINT:  # a terminal sends it to all
                os.killpg(running.pid, sent)
            else:
                running.kill()
            with suppress(subprocess.TimeoutExpired):
                _, told = running.communicate(timeout=5)
                break
        else:
            raise AssertionError("the run goes on")
    assert running.returncode == (130 if sent == signal.SIGINT else -sent), told
    assert "Traceback" not in told
    for _ in range(600):
        if not any(Path(f"/proc/{pid}").exists() for pid in found):
            break
        time.sleep(0.1)
    assert not any(Path(f"/proc/{pid}").exists() for pid in found)
    assert not (tmp_path / "out").exists()
    if sent == signal.SIGINT:
        assert told.strip() == "interrupted; nothing was written"
        assert not beside(tmp_path / "out")


# ---- disks


@contextmanager
def disk(folder: Path, options: str) -> Iterator[Path]:
    """Give a file system of its own in memory; skip where this user may mount none."""
    folder.mkdir()
    mount = shutil.which("mount")
    words = [str(mount), "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if (
        sys.platform != "linux"
        or mount is None
        or subprocess.run(words, check=False, capture_output=True).returncode
    ):
        pytest.skip("only root mounts a small disk, and not in every container")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("size", ["8k", "40k", "120k"])
def test_a_disk_that_fills_up_holds_nothing_half_written(size, two, tmp_path, capsys):
    study = two[1].with_name("full.toml")
    every = '["csv", "tex", "md", "docx", "html", "xlsx"]'
    study.write_text(replaced(two[1].read_text(encoding="utf-8"), {'["csv"]': every}), encoding="utf-8")
    with disk(tmp_path / "small", f"size={size}") as small:
        assert main(["run", str(study), "-o", str(small / "deep" / "out"), "-q"]) == USAGE
        told = capsys.readouterr().err
        assert told.startswith("error: nothing can be written here: No space left on device")
        assert [p.name for p in small.rglob("*")] in ([], ["deep"])


def test_a_disk_that_fills_up_keeps_the_earlier_result(two, tmp_path, capsys):
    earlier = two[0].parent / "out"
    pages = sum(1 + -(-p.stat().st_size // 4096) for p in earlier.rglob("*") if p.is_file())
    with disk(tmp_path / "small", f"size={pages * 4}k") as small:
        shutil.copytree(earlier, small / "out")
        assert main(["run", str(two[1]), "-o", str(small / "out"), "-q"]) == USAGE
        assert "No space left on device" in capsys.readouterr().err
        assert numbers(small / "out") == two[2]
        assert not beside(small / "out")


@unix
@pytest.mark.parametrize("limit", [0, 200, 2000])
def test_a_file_that_cannot_grow_leaves_nothing(limit, two, tmp_path):
    # a limit on the size of files: every user may set it, and it fails in the middle of a write
    code = f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
    running = started("run", str(two[0]), "-o", str(tmp_path / "out"), "-q", code=code)
    _, told = running.communicate()
    assert (running.returncode, told.splitlines()[0]) == (
        USAGE, "error: nothing can be written here: File too large")  # fmt: skip
    assert not list(tmp_path.iterdir())


def test_a_cache_on_a_full_disk_costs_nothing_but_time(two, tmp_path, monkeypatch):
    with disk(tmp_path / "small", "size=4k") as small:
        monkeypatch.setenv("CCD_CACHE", str(small))
        assert main(["run", str(two[0]), "-o", str(tmp_path / "out"), "-q"]) == 0
        assert numbers(tmp_path / "out") == two[2]
        assert not [p for p in small.rglob("*") if p.is_file()]


@unix
def test_a_piece_of_a_cache_that_is_not_whole_goes(tmp_path):
    code = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
    code += f"from ccd.cache import Cache\nCache(__import__('pathlib').Path({str(tmp_path)!r})).keep('abcd', bytes(99))"
    subprocess.run([sys.executable, "-c", code], env=environment(), check=True)
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]
    write_whole(tmp_path / "a", b"b")
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["a"]


def test_a_menu_on_a_full_disk_goes_on_where_it_was(two, tmp_path, capsys):
    words = ["multiverse", str(two[0]), "-q", "-o"]
    assert main([*words, str(tmp_path / "plain")]) == 0
    with disk(tmp_path / "small", "size=8k") as small:
        assert main([*words, str(small / "out")]) == USAGE
        assert capsys.readouterr().err.startswith(
            "error: nothing can be written here: No space left on device"
        )
        assert [p.name for p in small.iterdir()] == ["out.partial"]
        kept = Partial(small / "out.partial", {})
        kept.look()
        assert kept.known()
        subprocess.run(["mount", "-o", "remount,size=8m", str(small)], check=True)
        assert main([*words, str(small / "out")]) == 0
        assert numbers(small / "out") == numbers(tmp_path / "plain")
        assert [p.name for p in small.iterdir()] == ["out"]


def test_a_read_only_disk_is_named(two, tmp_path, capsys):
    with disk(tmp_path / "small", "size=1m") as small:
        out = small / "out"
        shutil.copytree(two[0].parent / "out", out)
        before = tree(small)
        subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
        for words in (
            ["run", str(two[0]), "-q"],
            ["multiverse", str(two[0]), "-q"],
            ["pack", str(out), "--study", str(two[0])],
        ):
            to = small / "p.zip" if words[0] == "pack" else out
            assert main([*words, "-o", str(to)]) == USAGE, words
            assert capsys.readouterr().err.startswith(
                "error: nothing can be written here: Read-only file system"
            )
        assert tree(small) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_is_not_ours_is_named(two, tmp_path, capsys):
    (tmp_path / "theirs").mkdir(mode=0o555)
    assert main(["run", str(two[0]), "-o", str(tmp_path / "theirs" / "out")]) == USAGE
    assert capsys.readouterr().err.startswith("error: nothing can be written here: Permission denied")
