"""Progress: what workers tell, the pace it gives, and a plain log's one line a step."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

from ccd.estimate.did.group_time.multiplier import CHUNK, Bootstrap, critical_values
from ccd.processes import processes
from ccd.progress import listening, tell, told
from ccd.terminal.progress import STEPS, Pace, progress


def test_nobody_has_to_listen() -> None:
    tell("models", 0, 3)
    assert list(told(range(3), "draws", 3)) == [0, 1, 2]


def test_a_listener_hears_what_is_done_of_how_many() -> None:
    heard: list[tuple[str, int, int, str]] = []
    with listening(lambda *told: heard.append(told)):
        assert list(told("ab", "batches", 5, size=3)) == ["a", "b"]
        tell("models", 1, 2, "base")
    tell("models", 2, 2)
    assert heard == [
        ("batches", 0, 5, ""),
        ("batches", 3, 5, ""),
        ("batches", 5, 5, ""),
        ("models", 1, 2, "base"),
    ]


def _heard_there() -> int:
    """Return how many words a listener hears in this process, whoever it was forked from."""
    tell("models", 0, 1)
    return len(HEARD)


HEARD: list[str] = []


def test_a_process_of_a_run_tells_nobody() -> None:
    with listening(lambda what, *_: HEARD.append(what)), processes(1) as pool:
        assert pool.submit(_heard_there).result() == 0
        assert _heard_there() == 1


def test_draws_are_told_where_they_are_made() -> None:
    scores = np.random.default_rng(1).normal(size=(40, 1))
    heard: list[tuple[str, int, int, str]] = []
    with listening(lambda *said: heard.append(said)):
        critical_values(
            scores,
            np.ones((1, 1)),
            np.ones(1),
            [np.array([0])],
            np.arange(40),
            Bootstrap(draws=CHUNK + 1),
            np.random.default_rng(2),
        )
    assert heard == [("draws", done, CHUNK + 1, "") for done in (0, CHUNK, CHUNK + 1)]


def test_the_time_left_goes_by_the_pace_so_far() -> None:
    now = [100.0]
    pace = Pace(clock=lambda: now[0])
    assert pace.words("models", 0, 4, "one") == "models 0 of 4: one"
    now[0] += 10
    assert pace.words("models", 1, 4, "two") == "models 1 of 4, about 30 s left: two"
    now[0] += 2
    assert pace.words("models", 3, 4, "four") == "models 3 of 4, about 4 s left: four"
    assert pace.words("models", 4, 4) == "models 4 of 4"
    now[0] += 50
    assert pace.words("models", 0, 2) == "models 0 of 2"  # another round has a pace of its own
    now[0] += 1
    assert pace.words("models", 1, 2) == "models 1 of 2, about 1 s left"


def test_steps_and_the_time_left_are_chinese_where_the_command_is(monkeypatch, capsys) -> None:
    now = [100.0]
    pace = Pace(clock=lambda: now[0], language="zh")
    assert pace.words("models", 0, 4, "one") == "模型 0/4：one"
    now[0] += 10
    assert pace.words("models", 1, 4, "two") == "模型 1/4，约剩 30 秒：two"
    monkeypatch.delenv("CCD_LANG", raising=False)
    with progress(False, "zh") as watch:
        for step in ("read", "baseline"):
            with watch(step):
                pass
    lines = [re.sub(r"\d", "0", line) for line in capsys.readouterr().err.splitlines()]
    assert lines == ["[0.0 秒] 读取数据", "[0.0 秒] baseline"]


def test_every_step_that_is_told_has_its_words() -> None:
    """What the source calls its steps is in the list that says them."""
    source = Path(__file__).parents[2] / "ccd"
    told_of: set[str] = set()
    for path in source.rglob("*.py"):
        words = path.read_text(encoding="utf-8")
        told_of |= set(re.findall(r"with (?:[\w().]+, )?step\(\"(\w+)\"\)", words))
        told_of |= set(re.findall(r"\btell\(\"(\w+)\",", words))
    assert {"read", "index", "models", "figures"} <= told_of <= set(STEPS)


def test_a_log_has_one_line_a_step(tmp_path: Path) -> None:
    rows = [f"r{i},{year},{(i * 7 + year * 5) % 11}" for i in range(9) for year in range(2001, 2007)]
    (tmp_path / "p.csv").write_text("\n".join(["region,year,x", *rows]) + "\n", encoding="utf-8")
    study = '[data]\npath = "p.csv"\nentity = "region"\ntime = "year"\n[output]\nfigures = []\n'
    study += '[[models]]\nname = "one"\nkind = "panel"\noutcome = "x"\nregressors = ["lag"]\n'
    study += '[transforms]\nlag = { lag = "x" }\n'
    (tmp_path / "s.toml").write_text(study, encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "ccd", "run", "s.toml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, env=env)
    lines = done.stderr.splitlines()
    assert all(re.fullmatch(r"\[\d+\.\d s\] .+", line) for line in lines)
    steps = [line.partition("] ")[2] for line in lines]
    assert steps.count("one") == 1
    assert steps[0] == "read"
    assert steps[-1] == "report"
    quiet = subprocess.run(
        [*command, "-q"], cwd=tmp_path, capture_output=True, text=True, check=True, env=env
    )
    assert quiet.stderr == ""
