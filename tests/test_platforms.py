"""Other systems: what is installed without the checkout, Windows' paths, lines, names and consoles, any locale."""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path, PureWindowsPath

import pytest

from ccd.cli import main
from ccd.pipeline.look import _beside
from ccd.study.file_names import held_everywhere
from tests.cli.house import STUDY, data, replaced, tree, write

ROOT = Path(__file__).parents[1]
STUDY_FILE, DATA = 3, 4
MODELS = Path("models", "base", "terms.csv")


# ---- what is installed, without the checkout


def built(target: str, source: Path, into: Path) -> Path:
    """Build a wheel or an sdist of a tree, without a network, and return its file."""
    words = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)]
    done = subprocess.run(words, cwd=source, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    (found,) = (path for path in into.iterdir() if path.suffix in (".whl", ".gz"))
    return found


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, zipfile.Path]:
    """Return the folder of an unpacked wheel: built from the tree, and from its sdist."""
    folder = tmp_path_factory.mktemp("built")
    with tarfile.open(built("sdist", ROOT, folder / "sdist")) as archive:
        archive.extractall(folder / "source", filter="data")
    (source,) = (folder / "source").iterdir()
    found = {}
    for name, tree_ in (("wheel", ROOT), ("sdist", source)):
        with zipfile.ZipFile(built("wheel", tree_, folder / f"{name}-built")) as archive:
            archive.extractall(folder / f"{name}-site")
        found[name] = folder / f"{name}-site"
    return found


def alone(site: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program of a folder of installed packages, away from the checkout."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return subprocess.run(
        [sys.executable, "-c", "import sys; from ccd.cli import main; sys.exit(main())", *words],
        cwd=folder, capture_output=True, encoding="utf-8", check=False,
        env={**kept, "PYTHONPATH": str(site), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip


@pytest.mark.parametrize("origin", ["wheel", "sdist"])
def test_what_is_installed_runs_from_any_folder(origin, wheels, tmp_path):
    write(tmp_path)
    site = wheels[origin]
    for words in (
        ["run", "study.toml", "-o", "out", "-q"], ["verify", "out"],
        ["policies", "--panel", "provinces", "-o", "p"], ["data"],
        ["check", "study.toml"],
    ):  # fmt: skip
        done = alone(site, tmp_path, *words)
        assert done.returncode == 0, (words, done.stderr)
    assert main(["run", str(tmp_path / "study.toml"), "-o", str(tmp_path / "here"), "-q"]) == 0
    assert (tmp_path / "out" / MODELS).read_bytes() == (tmp_path / "here" / MODELS).read_bytes()


def test_wheel_and_sdist_hold_the_same_program(wheels):
    held = {name: set(tree(site)) for name, site in wheels.items()}
    assert held["wheel"] == held["sdist"]
    assert {"ccd/py.typed", "ccd/zh.toml", "ccd/report/assets/page.css"} <= held["wheel"]


# ---- lines and paths


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_lines_that_end_as_on_windows_give_the_same_numbers(mark, tmp_path):
    write(tmp_path)
    assert main(["run", str(tmp_path / "study.toml"), "-o", str(tmp_path / "out"), "-q"]) == 0
    (tmp_path / "w").mkdir()
    for name, words in (("study.toml", STUDY), ("d.csv", data())):
        (tmp_path / "w" / name).write_bytes((mark + words).replace("\n", "\r\n").encode())
    assert main(["run", str(tmp_path / "w" / "study.toml"), "-o", str(tmp_path / "w" / "out"), "-q"]) == 0
    plain, windows = tree(tmp_path / "out"), tree(tmp_path / "w" / "out")
    assert plain.pop("manifest.json") != windows.pop("manifest.json")  # the bytes of the data are others
    assert plain == windows
    assert not [name for name, content in plain.items() if b"\r" in content]


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ('"C:\\data\\x.csv"', STUDY_FILE, "backslash"),
        ("'C:\\data\\x.csv'", DATA, "C:\\data\\x.csv"),
        ('"C:\\\\data\\\\x.csv"', DATA, "C:\\data\\x.csv"),
        ('"C:/data/x.csv"', DATA, "C:/data/x.csv"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="there such a file may be")
def test_a_path_with_a_drive_is_taken_as_it_stands_or_told(path, code, said, tmp_path, capsys):
    write(tmp_path, replaced(STUDY, {'"d.csv"': path}))
    assert main(["check", str(tmp_path / "study.toml")]) == code
    told = capsys.readouterr().err
    assert said in told
    assert told.startswith("error: ")


def test_data_on_another_drive_are_named_whole(monkeypatch):
    def no_way(*_: object) -> str:
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr("os.path.relpath", no_way)
    data = Path("data") / "x.csv"
    assert _beside(data, Path("out") / "study.toml") == data.resolve().as_posix()


# ---- names


@pytest.mark.parametrize("name", ["con", "NUL", "aux.2", "Com1", "lpt9.csv", "a."])
def test_names_that_windows_cannot_hold_are_refused(name, tmp_path, capsys):
    assert not held_everywhere(name)
    table = f'[[tables]]\nname = "{name}"\nmodels = ["base"]\n[output]'
    checks = (
        f'[[robustness]]\nmodel = "base"\nname = "{name}"\nchecks.p = {{ "model.controls" = [] }}\n[output]'
    )
    for changes in ({'name = "base"': f'name = "{name}"'}, {"[output]": table}, {"[output]": checks}):
        write(tmp_path, replaced(STUDY, changes))
        assert main(["check", str(tmp_path / "study.toml")]) == STUDY_FILE
        assert f"Windows has no file named '{name}'" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["console", "auxiliary", "a.b", "com", "nul-model", "基准"])
def test_other_names_are_files_everywhere(name):
    assert held_everywhere(name)


def test_columns_with_any_signs_make_files_that_every_system_holds(tmp_path):
    columns = ["p:q", "p/q", "con", 'a<b>|*?"', "x."]
    rows = list(csv.reader(io.StringIO(data())))
    more = [[*row, *(row[6] if k else name for name in columns)] for k, row in enumerate(rows)]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(more)
    table = out.getvalue()
    listed = json.dumps(["D", *columns])
    asked = f"[describe]\nvariable = {listed}\ninequality = {{}}\n[output]"
    write(
        tmp_path,
        replaced(
            STUDY, {"[output]": asked, '["csv"]': '["csv", "tex"]', "figures = []": 'figures = ["svg"]'}
        ),
        table,
    )
    assert main(["run", str(tmp_path / "study.toml"), "-o", str(tmp_path / "out"), "-q"]) == 0
    names = [part for name in tree(tmp_path / "out") for part in name.split("/")]
    assert not [name for name in names if set(name) & set('<>:"\\|?*') or not held_everywhere(name)]
    assert len({name.casefold() for name in tree(tmp_path / "out")}) == len(tree(tmp_path / "out"))
    assert (
        len([name for name in tree(tmp_path / "out") if name.startswith("describe/") and "p_q" in name]) >= 2
    )


# ---- consoles and locales

SURROUNDINGS = {
    "a Chinese Windows console": {"PYTHONIOENCODING": "cp936", "PYTHONUTF8": "0"},
    "a Western one": {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
    "no locale": {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}
COMMANDS = (
    ["--help"], ["run", "--help"], ["check", "s.toml"], ["run", "s.toml", "-o", "out", "-v"],
    ["run", "s.toml", "--dry-run"],
    ["estimate", "s.toml", "-o", "e", "--json"], ["index", "s.toml", "-o", "i"], ["couple", "s.toml", "-o", "c"],
    ["describe", "s.toml", "-o", "d"], ["verify", "out"], ["compare", "out", "e"], ["explain", "s.toml"],
    ["policies"], ["data"], ["init", "d.csv", "-o", "new.toml"], ["pack", "out", "-o", "p.zip", "--study", "s.toml"],
    ["audit", "d.csv"], ["check", "缺²é.toml"], ["check", "wrong.toml"],
)  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("where", SURROUNDINGS)
def test_no_console_and_no_locale_breaks_a_command(where, language, tmp_path):
    changes = {'title = "Small"': f'title = "耦合 ²·✓ é"\nlanguage = "{language}"', '"region"': '"地区"'}
    asked = {"[output]": "[describe]\ninequality = {}\n[output]", '["csv"]': '["csv", "html", "md"]'}
    study = replaced(STUDY, {**changes, **asked})
    (tmp_path / "s.toml").write_text(study, encoding="utf-8")
    (tmp_path / "wrong.toml").write_text(study.replace('"D"', '"²é地"'), encoding="utf-8")
    table = replaced(data(), {"region": "地区", "p,20": "²é,20"})
    (tmp_path / "d.csv").write_text(table, encoding="utf-8")
    # one process for all: a call of main for each command, on the streams that the system gave
    code = (
        "import json, sys\nfrom ccd.cli import main\n"
        "codes = [main(words) for words in json.loads(sys.argv[1])]\n"
        "open('codes', 'w', encoding='ascii').write(json.dumps(codes))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(COMMANDS)],
        cwd=tmp_path, capture_output=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "CCD_LANG": language, **SURROUNDINGS[where]},
    )  # fmt: skip
    assert b"Traceback" not in done.stderr, done.stderr.decode("utf-8", "replace")
    assert done.returncode == 0
    codes = json.loads((tmp_path / "codes").read_text(encoding="ascii"))
    told = {" ".join(words): code for words, code in zip(COMMANDS, codes, strict=True) if code}
    expected = {"audit d.csv", "check 缺²é.toml", "check wrong.toml", "compare out e"}
    assert set(told) <= expected, (told, done.stderr.decode("utf-8", "replace"))
    if where == "a Chinese Windows console" and language == "zh":
        assert "错误：" in done.stderr.decode("cp936")


def test_every_file_is_opened_as_bytes_or_with_its_encoding():
    found = []
    for path in sorted((ROOT / "ccd").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            modes = [
                one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)
            ]
            binary = name in ("open", "fdopen") and any("b" in mode for mode in modes)
            of_bytes = ast.unparse(node.func) in ("webbrowser.open", "Image.open")
            named = any(word.arg in ("encoding", None) for word in node.keywords)
            known = binary or of_bytes or named
            if name in ("open", "fdopen", "read_text", "write_text", "TextIOWrapper") and not known:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}")
    assert not found


def test_paths_in_a_manifest_are_of_no_system(tmp_path):
    write(tmp_path)
    assert main(["run", str(tmp_path / "study.toml"), "-o", str(tmp_path / "out"), "-q"]) == 0
    held = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert all("\\" not in name for name in (*held["outputs"], *held["inputs"]))
    assert str(PureWindowsPath("models/base")) == "models\\base"
