"""Build the documentation: pages as written, and those made from the code and from real runs.

python docs/build.py               everything, into site/
python docs/build.py --pages DIR   the pages alone, as Markdown, into DIR (no figures, no mkdocs)
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from html import unescape
from pathlib import Path
from types import UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from ccd.estimate import MODELS
from ccd.estimate.model import ModelSpec
from ccd.methods import cited, entries, explain, reference
from ccd.report.formulas import inline_svg
from ccd.spec import key_docs, keys_of
from ccd.study import Study

HERE = Path(__file__).parent
ROOT = HERE.parent


def sections() -> dict[str, type[BaseModel]]:
    """Return the parts of a study and the class that reads each."""
    found: dict[str, type[BaseModel]] = {"(top)": Study}
    for name, field in Study.model_fields.items():
        for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                many = {dict: f"[{name}.NAME]", tuple: f"[[{name}]]"}
                found[many.get(get_origin(field.annotation), f"[{name}]")] = kind
    return found


PLAIN = {str: "text", int: "whole number", float: "number", bool: "true or false", type(None): "none"}


def kind_of(annotation: object) -> str:
    """Return an annotation as a reader of TOML wants it."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return kind_of(inner[0])
    if origin is Literal:
        return " or ".join(f'"{choice}"' for choice in inner)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(kind_of(kind) for kind in inner if kind is not type(None)))
    if origin is dict:
        return f"table of {kind_of(inner[1])}"
    if origin is tuple:
        what = " and ".join(dict.fromkeys(kind_of(kind) for kind in inner if kind is not Ellipsis))
        return f"list of {what}" if Ellipsis in inner else f"list of {len(inner)}: {what}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "model" if issubclass(annotation, ModelSpec) else f"table ({annotation.__name__})"
    return PLAIN.get(annotation, "any value")


def toml(value: object) -> str:
    """Return a default as a study would write it."""
    if value is None or isinstance(value, bool):
        return "none" if value is None else str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else f"{value!r}"


def keys_table(kind: type[BaseModel]) -> str:
    """Return the keys of a section as a Markdown table."""
    rows = ["| key | kind | default | meaning |", "|---|---|---|---|"]
    docs = key_docs(kind)
    for name, field in keys_of(kind).items():
        default = (
            "required" if field.is_required() else f"`{toml(field.get_default(call_default_factory=True))}`"
        )
        kinds = kind_of(field.annotation)
        if len(default) > 60:
            default = "see its section"
        cells = [f"`{name}`", f"`{kinds}`", default, docs.get(name, "")]
        rows.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(rows)


def reference_page() -> str:
    """Return the reference of every key, from the classes that read them."""
    parts = [
        "# Every key of a study file",
        "A study is TOML, read strictly: a key that is not here is refused.",
    ]
    for title, kind in sections().items():
        parts += [f"## `{title}`", (kind.__doc__ or "").strip(), keys_table(kind)]
    parts.append("## Models")
    for name, kind in MODELS.items():
        parts += [f"### `{name}`", (kind.__doc__ or "").strip(), keys_table(kind)]
    return "\n\n".join(parts) + "\n"


def methods_pages() -> dict[str, str]:
    """Return file name -> Markdown of a page a method, and their index."""
    index = ["# Methods", "One page a choice; the key is what a study writes.", ""]
    pages = {}
    for method in explain(entries(), "en"):
        name = re.sub(r"\W+", "-", method.key)
        index.append(f"- [{method.title}]({name}.md) (`{method.key}`)")
        chinese = explain([method.key], "zh")[0]
        formulas = "\n\n".join(f"<p>{inline_svg(latex)}</p>" for latex in method.formulas)
        works = "\n".join(f"- {reference(key)}" for key in cited([method]))
        parts = [
            f"# {method.title}",
            f"`{method.key}` · {chinese.title}",
            formulas,
            method.words,
            chinese.words,
        ]
        pages[f"{name}.md"] = "\n\n".join([*parts, *(["## Sources", works] if works else [])]) + "\n"
    return {"index.md": "\n".join(index) + "\n", **pages}


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
    parser.add_argument("--site", type=Path, default=ROOT / "site")
    parser.add_argument("--studies", nargs="*", type=Path, default=sorted((ROOT / "configs").glob("*.toml")))
    asked = parser.parse_args()
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
