"""Build the documentation: pages as written, and those made from the code and from real runs.

python docs/build.py               everything, into site/
python docs/build.py --pages DIR   the pages alone, as Markdown, into DIR (no figures, no mkdocs)
python docs/build.py --here        docs/reference.md and docs/methods/, which README links to, written anew
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from html import unescape
from inspect import cleandoc
from pathlib import Path

from pydantic import BaseModel

from ccd.estimate import MODELS
from ccd.methods import cited, entries, explain, reference
from ccd.report.formulas import inline_svg
from ccd.study.keys import section_keys, sections

HERE = Path(__file__).parent
ROOT = HERE.parent


def keys_table(kind: type[BaseModel]) -> str:
    """Return the keys of a section as a Markdown table."""
    rows = ["| key | kind | default | meaning |", "|---|---|---|---|"]
    for key in section_keys(kind):
        default = "required" if key.default == "required" else f"`{key.default}`"
        if len(default) > 60:
            default = "see its section"
        cells = [f"`{key.name}`", f"`{key.kind}`", default, key.meaning]
        rows.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(rows)


def reference_page() -> str:
    """Return the reference of every key, from the classes that read them."""
    parts = [
        "# Every key of a study file",
        "A study is TOML, read strictly: a key that is not here is refused. `ccd explain --keys did` prints the keys "
        "of a kind; this page is made by `python docs/build.py --here`.",
    ]
    for title, kind in sections().items():
        parts += [f"## `{title}`", cleandoc(kind.__doc__ or ""), keys_table(kind)]
    parts.append("## Models")
    for name, kind in MODELS.items():
        parts += [f"### `{name}`", cleandoc(kind.__doc__ or ""), keys_table(kind)]
    return "\n\n".join(parts) + "\n"


def methods_pages(*, drawn: bool = True) -> dict[str, str]:
    """Return file name -> Markdown of a page a method, and their index; formulas drawn, or as LaTeX."""
    index = ["# Methods", "One page a choice; the key is what a study writes.", ""]
    pages = {}
    for method in explain(entries(), "en"):
        name = re.sub(r"\W+", "-", method.key)
        index.append(f"- [{method.title}]({name}.md) (`{method.key}`)")
        chinese = explain([method.key], "zh")[0]
        shown = [
            f"<p>{inline_svg(latex)}</p>" if drawn else f"```math\n{latex}\n```" for latex in method.formulas
        ]
        works = "\n".join(f"- {reference(key)}" for key in cited([method]))
        parts = [
            f"# {method.title}",
            f"`{method.key}` · {chinese.title}",
            *shown,
            method.words,
            chinese.words,
        ]
        pages[f"{name}.md"] = "\n\n".join([*parts, *(["## Sources", works] if works else [])]) + "\n"
    return {"index.md": "\n".join(index) + "\n", **pages}


def made_pages() -> dict[str, str]:
    """Return path under docs/ -> text of the pages made from the code that stand in the repository."""
    methods = {f"methods/{name}": words for name, words in methods_pages(drawn=False).items()}
    return {"reference.md": reference_page(), **methods}


def write_here(folder: Path = HERE) -> None:
    """Write the pages that stand in the repository, and take away those whose method is gone."""
    shutil.rmtree(folder / "methods", ignore_errors=True)
    (folder / "methods").mkdir(parents=True)
    for name, words in made_pages().items():
        (folder / name).write_text(words, encoding="utf-8", newline="\n")


def gallery_page(folder: Path, studies: list[Path]) -> str:
    """Run ``studies``, copy their figures to ``folder``/gallery, and return the page that shows them."""
    parts = ["# Gallery", "The figures of the bundled studies, as `ccd run` draws them."]
    for study in studies:
        out = folder / ".runs" / study.stem
        options = ["-q", "--set", 'output.figures=["svg"]', "--set", 'output.formats=["html"]']
        subprocess.run([sys.executable, "-m", "ccd", "run", str(study), "-o", str(out), *options], check=True)
        page = (out / "report.html").read_text(encoding="utf-8")
        captions = dict(
            re.findall(r'id="([^"]+)">(?:(?!class="block").)*?<img [^>]*alt="([^"]*)"', page, re.S)
        )
        parts.append(f"## {study.stem}\n\n`ccd run configs/{study.name}`")
        target = folder / "gallery" / study.stem
        target.mkdir(parents=True)
        for figure in sorted((out / "figures").glob("*.svg")):
            shutil.copy(figure, target / figure.name)
            words = unescape(captions.get(figure.stem, figure.stem))
            parts.append(f"![{words}](gallery/{study.stem}/{figure.name})\n\n*{words}* (`{figure.stem}`)")
    shutil.rmtree(folder / ".runs", ignore_errors=True)
    return "\n\n".join(parts) + "\n"


def write_pages(folder: Path) -> None:
    """Write every page that needs no run."""
    folder.mkdir(parents=True, exist_ok=True)
    for page in HERE.glob("*.md"):
        shutil.copy(page, folder / page.name)
    shutil.copytree(HERE / "images", folder / "images", dirs_exist_ok=True)
    (folder / "reference.md").write_text(reference_page(), encoding="utf-8")
    (folder / "methods").mkdir(exist_ok=True)
    for name, words in methods_pages().items():
        (folder / "methods" / name).write_text(words, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=Path)
    parser.add_argument("--here", action="store_true")
    parser.add_argument("--site", type=Path, default=ROOT / "site")
    parser.add_argument("--studies", nargs="*", type=Path, default=sorted((ROOT / "configs").glob("*.toml")))
    asked = parser.parse_args()
    if asked.here:
        write_here()
        return
    if asked.pages is not None:
        write_pages(asked.pages)
        return
    with tempfile.TemporaryDirectory() as work:
        pages = Path(work) / "docs"
        write_pages(pages)
        (pages / "gallery.md").write_text(gallery_page(pages, asked.studies), encoding="utf-8")
        config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
        made = Path(work) / "mkdocs.yml"
        made.write_text(config + f"\ndocs_dir: {pages}\nsite_dir: {asked.site.resolve()}\n", encoding="utf-8")
        subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "-f", str(made)], check=True
        )


if __name__ == "__main__":
    main()
