"""The commands: what they print, what they write, and that both stay the same."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from house import STUDY, data, replaced, tree, write

from ccd.bundled import data_files, data_path
from ccd.cli import main
from ccd.terminal.closing import row

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    return tmp_path


def outputs(where: Path) -> dict[str, bytes]:
    """Return what a run wrote, but for the seconds in its manifest."""
    files = {name: raw for name, raw in tree(where).items() if (where / name).is_file()}
    manifest = json.loads(files.pop("manifest.json"))
    manifest.pop("seconds")
    return {**files, "manifest": json.dumps(manifest, sort_keys=True).encode()}


def ran(capsys, *argv: str) -> str:
    """Run a command that must succeed and return what it printed."""
    capsys.readouterr()
    assert main(argv) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def test_run_prints_the_effect_and_where_it_wrote(folder, capsys):
    shown = ran(capsys, "run", "study.toml", "-o", "out").splitlines()
    assert shown[0].split() == ["model", "term", "outcome", "estimate", "s.e.", "p", "n"]
    assert shown[1].split()[:3] == ["base", "pilot", "D"]
    notes = len(json.loads((folder / "out/manifest.json").read_text(encoding="utf-8"))["warnings"])
    assert shown[2].endswith(f"0 failures, {notes} notes in manifest.json")
    assert shown[3].startswith("open first: out/coupling/coupling.csv, out/")
    with (folder / "out/models/base/terms.csv").open(encoding="utf-8", newline="") as stream:
        first = next(csv.DictReader(stream))
    assert first["term"] == "pilot"
    assert f"{float(first['estimate']):.4f}" in shown[1]


def test_json_is_one_object_with_the_same_numbers(folder, capsys):
    shown = json.loads(ran(capsys, "run", "study.toml", "-o", "out", "--json"))
    assert sorted(shown) == ["failures", "models", "out", "paths", "study"]
    assert shown["failures"] == {}
    terms = shown["models"]["base"]["terms"]
    with (folder / "out/models/base/terms.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [float(row["estimate"]) for row in rows] == [term["estimate"] for term in terms]
    assert all((folder / path).is_file() for path in shown["paths"])
    assert len(shown["paths"]) == len(outputs(folder / "out"))
    assert shown["models"]["base"]["summary"]["nobs"] == 48


def test_quiet_says_nothing_and_verbose_says_every_note(folder, capsys):
    assert ran(capsys, "run", "study.toml", "-q") == ""
    assert main(["run", "study.toml", "-v"]) == 0
    said = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("[")]
    noted = json.loads((folder / "results/study/manifest.json").read_text(encoding="utf-8"))["warnings"]
    assert said == [f"note: {note}" for note in noted]
    assert noted


def test_the_same_bytes_again_with_more_jobs_and_in_another_order(folder, capsys):
    twice = replaced(STUDY, {"[output]": '[[models]]\nname = "b2"\nkind = "did"\npolicy = "pilot"\n[output]'})
    write(folder, twice)
    ran(capsys, "run", "study.toml", "-o", "one")
    first = outputs(folder / "one")
    ran(capsys, "run", "study.toml", "-o", "two")
    assert outputs(folder / "two") == first
    ran(capsys, "run", "study.toml", "-o", "three", "--jobs", "2")
    assert outputs(folder / "three") == first
    header, *rows = data().splitlines()
    write(folder, twice, "\n".join([header, *reversed(rows)]) + "\n")
    ran(capsys, "run", "study.toml", "-o", "four")
    other = outputs(folder / "four")
    assert {**other, "manifest": b""} == {**first, "manifest": b""}


def test_every_format_is_the_same_bytes_again(folder, capsys):
    every = ["--set", 'output.formats=["csv","tex","html","docx","xlsx","md"]']
    every += ["--set", 'output.figures=["png","svg","pdf"]']
    ran(capsys, "run", "study.toml", "-o", "one", *every)
    ran(capsys, "run", "study.toml", "-o", "two", *every, "--jobs", "2")
    first = outputs(folder / "one")
    endings = {Path(name).suffix for name in first}
    assert {".csv", ".tex", ".html", ".docx", ".xlsx", ".md", ".png", ".svg", ".pdf", ".bib"} <= endings
    assert outputs(folder / "two") == first


def test_an_earlier_result_is_replaced_whole(folder, capsys):
    ran(capsys, "run", "study.toml", "-o", "out")
    assert (folder / "out/models/base").is_dir()
    ran(capsys, "couple", "study.toml", "-o", "out")
    assert not (folder / "out/models").exists()
    assert (folder / "out/coupling/coupling.csv").is_file()
    assert sorted(p.name for p in folder.iterdir()) == ["d.csv", "out", "study.toml"]


@pytest.mark.skipif(sys.platform == "win32", reason="links ask for rights there")
def test_a_link_as_output_folder_is_followed(folder, capsys):
    (folder / "elsewhere").mkdir()
    (folder / "out").symlink_to("elsewhere")
    ran(capsys, "run", "study.toml", "-o", "out")
    assert (folder / "out").is_symlink()
    assert (folder / "elsewhere/manifest.json").is_file()
    assert sorted(p.name for p in folder.iterdir()) == ["d.csv", "elsewhere", "out", "study.toml"]


def test_force_replaces_what_is_not_ours(folder, capsys):
    (folder / "out").mkdir()
    (folder / "out/mine.txt").write_text("", encoding="utf-8")
    ran(capsys, "run", "study.toml", "-o", "out", "--force")
    assert not (folder / "out/mine.txt").exists()
    (folder / "out/mine.txt").write_text("", encoding="utf-8")
    assert main(["run", "study.toml", "-o", "out"]) == 2, "an earlier result with a stranger in it"
    assert (folder / "out/mine.txt").exists()


def test_only_set_and_seed_change_what_they_name(folder, capsys):
    ran(capsys, "run", "study.toml", "-o", "out", "--only", "base", "--set", "models.base.controls=[]",
        "--set", "index.weights=critic", "--seed", "7")  # fmt: skip
    manifest = json.loads((folder / "out/manifest.json").read_text(encoding="utf-8"))
    assert manifest["seed"] == 7
    assert manifest["study"]["index"]["weights"] == "critic"
    assert manifest["study"]["index"]["scale"] == "minmax", "what the study left to us stands there too"
    assert manifest["study"]["models"][0]["controls"] == []
    summary = json.loads((folder / "out/models/base/summary.json").read_text(encoding="utf-8"))
    assert summary["seed"] == 7
    assert manifest["command"] == [
        "ccd", "run", "study.toml", "--only", "base", "--set", "models.base.controls=[]",
        "--set", "index.weights=critic", "--seed", "7",
    ]  # fmt: skip
    assert str(folder) not in json.dumps(manifest)


def test_a_column_named_as_what_the_study_makes_gives_way_with_a_note(folder, capsys):
    write(folder, STUDY, data().replace("zone", "D"))
    shown = ran(capsys, "check", "study.toml")
    assert "note: Columns of the data that the study's own replace: D" in shown.splitlines()


def test_the_steps_alone_give_the_same_numbers(folder, capsys):
    ran(capsys, "run", "study.toml", "-o", "all")
    whole = outputs(folder / "all")
    for command, rooms in (("index", ["index"]), ("couple", ["coupling", "index"]), ("estimate", ["models"])):
        ran(capsys, command, "study.toml", "-o", command)
        numbers = {n: raw for n, raw in outputs(folder / command).items() if n.split("/")[0] in rooms}
        assert numbers
        assert {n.split("/")[0] for n in numbers} == set(rooms)
        assert numbers == {n: whole[n] for n in numbers}


def test_check_and_dry_run_say_what_will_run_and_write_nothing(folder, capsys):
    before = tree(folder)
    shown = ran(capsys, "check", "study.toml")
    assert shown == ran(capsys, "run", "study.toml", "--dry-run")
    lines = shown.splitlines()
    assert lines[0] == "Small"
    assert lines[1] == "data: d.csv: 8 regions x 6 years (2011-2016), 48 rows, balanced"
    assert "subsystem one: a, b" in lines
    assert "policy pilot: 3 of 8 regions treated, 2013-2015" in lines
    assert "model base: did (twfe) of D" in lines
    guess = (
        "about 3 s of CPU at a first guess (this line will say what the run took)"  # one model, no figures
    )
    assert lines[-1] == f"ok: ccd run study.toml would write results/study; {guess}"
    told = json.loads(ran(capsys, "check", "study.toml", "--json", "-o", "there"))
    assert told["out"] == "there"
    assert told["models"] == ["base"]
    assert told["policies"] == {"pilot": 3}
    assert tree(folder) == before
    ran(capsys, "run", "study.toml")
    assert "; the last run there took " in ran(capsys, "check", "study.toml").splitlines()[-1]


def test_verify_tells_a_result_from_a_changed_one(folder, capsys):
    ran(capsys, "run", "study.toml", "-o", "out")
    assert ran(capsys, "verify", "out").startswith("ok: ")
    assert json.loads(ran(capsys, "verify", "out", "--json"))["ok"] is True
    terms = folder / "out/models/base/terms.csv"
    terms.write_text(terms.read_text(encoding="utf-8").replace("pilot", "pilat"), encoding="utf-8")
    assert main(["verify", "out"]) == 4
    shown = capsys.readouterr()
    assert shown.out == "models/base/terms.csv: changed\n"
    assert shown.err.splitlines()[0] == "error: 1 files are not as the manifest says"


def test_what_is_bundled_is_listed(capsys):
    policies = json.loads(ran(capsys, "policies", "--json"))["policies"]
    assert {p["policy"]: p["rows"] for p in policies} == {
        "new_area": 23, "low_carbon": 84, "innovative_city": 80, "broadband_china": 118,
        "ip_city": 41, "big_data_zone": 18, "niidz": 46, "ftz": 55,
    }  # fmt: skip
    assert len(ran(capsys, "policies").splitlines()) == 8
    files = json.loads(ran(capsys, "data", "--json"))["files"]
    assert files["provinces.csv"]["rows"] == 403
    listed = [line for line in ran(capsys, "data").splitlines() if not line.startswith(" ")]
    assert len(listed) == 1 + len(data_files())


def test_init_drafts_a_study_that_runs(folder, capsys):
    told = ran(capsys, "init", str(data_path("provinces.csv")), "-o", "new.toml")
    assert "guessed: entity = province, time = year" in told
    assert (
        "not used: techmkt_out: 6 cells are missing, the first in row 327; complete in 2017 to 2023" in told
    )
    study = tomllib.loads((folder / "new.toml").read_text(encoding="utf-8"))
    assert study["data"]["entity"] == "province"
    assert list(study["subsystems"]) == ["technology", "factor", "industry"]
    assert study["transforms"]["fisc_st_pc"] == {"per_capita": "fisc_st"}
    assert "ok: " in ran(capsys, "check", "new.toml")
    ran(capsys, "couple", "new.toml", "-o", "out")


def test_init_reads_heads_with_breaks_and_quotes(folder, capsys):
    header, *rows = data().splitlines()
    header = header.replace("a,b,c", '"mine\n(""real"")",a.b,"c\\d"')
    (folder / "odd.csv").write_bytes("\n".join([header, *rows]).encode())
    ran(capsys, "init", "odd.csv", "-o", "odd.toml")
    text = (folder / "odd.toml").read_text(encoding="utf-8")
    assert 'indicators or controls: mine ("real"), a.b, c\\d, d, x' in text
    start, stop = text.index("# [subsystems.first]"), text.index("# groups of regions")
    named = tomllib.loads(text[start:stop].replace("# ", ""))["subsystems"]
    assert set(named["first"]) | set(named["second"]) == {'mine\n("real")', "a.b", "c\\d", "d", "x"}


def chinese_table() -> str:
    lines = [
        "省份,年份,发明专利授权量（件）,城镇单位就业人员,第三产业增加值比重（%）,人均地区生产总值(元),年末常住人口,备注"
    ]
    for i, name in enumerate(["北京市", "天津市", "河北省"]):
        for t in range(3):
            values = (10 + 3 * i + t, 200 + i - t, 40 + i + t % 2, 50000 + 100 * i + t, 100 + i)
            lines.append(f"{name},{2011 + t},{','.join(map(str, values))},无")
    return "\n".join(lines) + "\n"


def test_init_reads_chinese_names(folder, capsys):
    (folder / "原始.csv").write_text(chinese_table(), encoding="gb18030")
    ran(capsys, "init", "原始.csv")
    text = (folder / "原始.toml").read_text(encoding="utf-8")
    study = tomllib.loads(text)
    assert study["language"] == "zh"
    assert study["data"]["entity"] == "省份"
    assert study["subsystems"]["technology"] == {"发明专利授权量（件）_pc": "+"}
    assert study["transforms"]["城镇单位就业人员_pc"] == {
        "per_capita": "城镇单位就业人员",
        "by": "年末常住人口",
    }
    assert sorted(study["subsystems"]["industry"]) == ["人均地区生产总值(元)", "第三产业增加值比重（%）"]
    assert "guessed from codebook: GDP per head" in text
    assert "通过：" in ran(capsys, "check", "原始.toml")


def test_init_without_known_names_leaves_the_subsystems_to_fill_in(folder, capsys):
    table = "k,t,u,v,w\n" + "".join(f"{k},{t},{ord(k) + t},{t % 3},..\n" for k in "abc" for t in (2001, 2002))
    (folder / "e.csv").write_text(table, encoding="utf-8")
    told = ran(capsys, "init", "e.csv")
    assert "no two subsystems could be guessed" in told
    text = (folder / "e.toml").read_text(encoding="utf-8")
    assert '# u = "+"' in text
    assert "subsystems" not in tomllib.loads(text)
    assert main(("check", "e.toml")) == 3, (
        "nothing in it can be estimated: u and v have no variation of their own"
    )
    assert "the study computes nothing" in capsys.readouterr().err


def test_init_takes_the_years_in_which_two_subsystems_are_complete(folder, capsys):
    lines = ["province,year,patents,employees,road_km,city"]
    for i, name in enumerate(["A", "B", "C"]):
        for year in range(2000, 2012):
            patents = "" if year < 2004 else f"{i + year % 5}"
            roads = "" if year == 2011 else f"{7 * i + year}"
            lines.append(f"{name},{year},{patents},{10 + i + year % 3},{roads},{i % 2}")
    (folder / "e.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = ran(capsys, "init", "e.csv").splitlines()
    study = tomllib.loads((folder / "e.toml").read_text(encoding="utf-8"))
    assert study["data"]["years"] == [2004, 2010], "seven years of three columns beat eight of two"
    assert study["subsystems"] == {
        "technology": {"patents": "+"},
        "factor": {"employees": "+", "road_km": "+"},
    }
    assert "guessed: years = 2004 to 2010, where known columns are most nearly complete" in told
    assert "not used: city: it has two values only" in told
    assert "ok: " in ran(capsys, "check", "e.toml")


def test_every_line_of_a_draft_that_chooses_says_so(folder, capsys):
    ran(capsys, "init", str(data_path("provinces.csv")), "-o", "new.toml")
    lines = (folder / "new.toml").read_text(encoding="utf-8").splitlines()
    choices = [line for line in lines if " = " in line and not line.startswith(("#", "title"))]
    assert choices
    assert [line for line in choices if "    # " not in line] == []


def test_a_closed_pipe_is_no_error(tmp_path):
    reader = (
        "import subprocess, sys; p = subprocess.Popen([sys.executable, '-m', 'ccd', 'policies', '--json'], "
    )
    reader += "stdout=subprocess.PIPE, stderr=subprocess.PIPE); p.stdout.close(); "
    reader += "err = p.stderr.read(); sys.exit(f'{p.wait()} {err}' if p.wait() or err else 0)"
    done = subprocess.run([sys.executable, "-c", reader], cwd=ROOT, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_a_wheel_carries_the_data_and_finds_them(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
        carried = {Path(n).name: archive.read(n) for n in archive.namelist() if n.startswith("ccd/data/")}
    assert {path.name: path.read_bytes() for path in data_files()}.items() <= carried.items()
    code = "import ccd.bundled as b; print(b.data_path('provinces.csv'))"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(tmp_path / "site"), "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert Path(found.stdout.strip()) == tmp_path / "site/ccd/data/provinces.csv"
    assert io.StringIO((tmp_path / "site/ccd/zh.toml").read_text(encoding="utf-8")).readline().startswith("#")


@pytest.mark.parametrize(
    ("p_value", "shown"),
    [(0.0, "p < 0.001"), (0.0004, "p < 0.001"), (0.0005, "p = 0.001"), (0.85, "p = 0.850")],
)
def test_a_small_p_is_never_printed_as_zero(p_value, shown):
    term = SimpleNamespace(estimate=0.01234, std_error=0.002, p_value=p_value)
    cells = row("baseline", SimpleNamespace(headline="pilot", outcome="D", leading=term, nobs=30))
    assert cells == (
        "baseline",
        "pilot",
        "D",
        "0.0123",
        "0.0020",
        shown.removeprefix("p = ").removeprefix("p "),
        "30",
    )
