"""What machines run for us and for users: the workflows of docs/ci.md on a small study, our own, and the lock."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ccd.cli import main
from tests.cli.house import STUDY, replaced, write

ROOT = Path(__file__).parents[1]
INSTALL = "pip install -r requirements.txt"
SHELL = shutil.which("bash")
needs_shell = pytest.mark.skipif(os.name == "nt" or SHELL is None, reason="the lines are of a POSIX shell")


def shown(kind: str) -> dict:
    """Return the workflow that docs/ci.md shows for a service."""
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    block = re.search(rf"<!-- {kind} -->\n```yaml\n(.*?)^```$", page, re.M | re.S)
    assert block, kind
    return yaml.safe_load(block[1])


def lines(kind: str) -> list[str]:
    """Return the shell lines of a workflow in order, without the one that installs, which must be there."""
    told = shown(kind)
    if kind == "github":
        steps = [step for job in told["jobs"].values() for step in job["steps"]]
        found = [line for step in steps for line in step.get("run", "").splitlines()]
    else:
        found = [line for part in ("before_script", "script") for line in told["results"][part]]
    assert found.count(INSTALL) == 1
    return [line for line in found if line != INSTALL]


@pytest.fixture(scope="module")
def committed(tmp_path_factory):
    """Return a folder with a study, its data and its committed results, and ``ccd`` in bin/."""
    folder = tmp_path_factory.mktemp("committed")
    study = write(folder, replaced(STUDY, {'["csv"]': '["csv", "html"]'}))
    assert main(["run", str(study), "-o", str(folder / "results"), "-q"]) == 0
    (folder / "bin").mkdir()
    (folder / "bin" / "ccd").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ccd "$@"\n', encoding="utf-8")
    (folder / "bin" / "ccd").chmod(0o755)
    return folder


def run(kind: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the lines of a workflow in ``folder`` as its service does: stop at the first that fails."""
    shutil.rmtree(folder / "fresh", ignore_errors=True)
    env = {**os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    words = [str(SHELL), "-e", "-o", "pipefail", "-c", "\n".join(lines(kind))]
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False)


@needs_shell
@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_a_workflow_passes_where_no_number_moved_and_fails_where_one_did(kind, committed, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(committed, folder)
    told = run(kind, folder)
    assert told.returncode == 0, told.stderr
    assert (folder / "fresh" / "report.html").is_file()
    assert ElementTree.parse(folder / "compare.xml").getroot().get("failures") == "0"
    table = folder / "d.csv"
    rows = table.read_text(encoding="utf-8").splitlines()
    cells = rows[1].split(",")
    cells[2] = "9.5"
    table.write_text("\n".join([rows[0], ",".join(cells), *rows[2:]]) + "\n", encoding="utf-8")
    told = run(kind, folder)
    assert told.returncode == 6
    assert "d.csv has other contents" in told.stdout
    assert int(ElementTree.parse(folder / "compare.xml").getroot().get("failures", "0")) > 0


def test_what_a_workflow_keeps_is_what_its_lines_write():
    kept = shown("github")["jobs"]["results"]["steps"][-1]
    assert kept["if"] == "always()"
    assert kept["with"]["path"].split() == ["fresh/", "compare.xml"]
    gitlab = shown("gitlab")["results"]["artifacts"]
    assert (gitlab["when"], gitlab["paths"]) == ("always", ["fresh/", "compare.xml"])
    assert gitlab["reports"]["junit"] == "compare.xml"


def own() -> dict:
    """Return the workflow of this repository."""
    return yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))


def test_our_own_workflow_runs_every_python_that_we_promise_on_three_systems():
    matrix = own()["jobs"]["readme"]["strategy"]["matrix"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    promised = [one.rsplit(" ", 1)[1] for one in project["classifiers"] if re.search(r":: 3\.\d+$", one)]
    assert matrix["python"] == promised
    assert [name.split("-")[0] for name in matrix["os"]] == ["ubuntu", "macos", "windows"]
    kept = own()["jobs"]["wheels"]["steps"][-1]
    assert kept["uses"].startswith("actions/upload-artifact@") and kept["with"]["path"] == "dist/"


@needs_shell
def test_our_own_workflow_takes_its_commands_from_the_readme(tmp_path):
    steps = {step.get("name"): step.get("run", "") for step in own()["jobs"]["readme"]["steps"]}
    shutil.copy(ROOT / "README.md", tmp_path)
    taken, mended = (next(run for name, run in steps.items() if name and word in name)
                     for word in ("Take the commands", "Windows"))  # fmt: skip
    subprocess.run([str(SHELL), "-euo", "pipefail", "-c", taken], cwd=tmp_path, check=True)
    commands = {
        part: (tmp_path / f"readme_{part}.sh").read_text(encoding="utf-8") for part in ("run", "test")
    }
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(len(words.splitlines()) == 1 and words.strip() in readme for words in commands.values())
    assert "ccd run configs/new_areas.toml" in commands["run"] and "pytest" in commands["test"]
    subprocess.run([str(SHELL), "-euo", "pipefail", "-c", mended], cwd=tmp_path, check=True)
    windows = (tmp_path / "readme_test.sh").read_text(encoding="utf-8")
    assert windows.startswith("python -m venv") and ".venv/bin" not in windows and ".venv/Scripts/" in windows


def test_hooks_before_a_commit_are_checks_of_the_development_environment():
    told = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook for repository in told["repos"] for hook in repository["hooks"]]
    assert {hook["entry"].split()[0] for hook in hooks} == {"ruff", "mypy", "lint-imports", "pytest"}
    assert all(hook["language"] == "system" for hook in hooks)
    named = [word for hook in hooks for word in hook["entry"].split() if "/" in word]
    assert named and all((ROOT / word).exists() for word in named)


def test_the_lock_holds_all_that_is_declared_in_versions_that_are_allowed():
    held = dict(
        line.split("==")
        for line in (ROOT / "requirements-dev.lock").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    )
    assert list(held) == sorted(held)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    declared = [*project["dependencies"], *extras["dev"], *extras["test"], *extras["dask"], *extras["docs"]]
    for wanted in map(Requirement, declared):
        if wanted.name != project["name"]:
            assert wanted.specifier.contains(held[canonicalize_name(wanted.name)]), wanted


def test_every_dependency_declares_its_lowest_version_which_the_platforms_script_installs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    bare = [one.name for one in map(Requirement, wanted) if one.name != project["name"] and not one.specifier]
    assert not bare
    script = (ROOT / ".ci" / "platforms").read_text(encoding="utf-8")
    assert "--resolution lowest-direct" in script
    assert "3.11 3.12 3.13 lowest" in script


@needs_shell
def test_the_platforms_script_names_a_python_that_is_not_here(tmp_path):
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "platforms", tmp_path / ".ci")
    done = subprocess.run(
        [str(SHELL), ".ci/platforms", "3.99"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "3.99: python3.99 is not here\n"), done.stderr
