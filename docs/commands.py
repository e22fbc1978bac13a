"""Run every command that the documentation shows, in order, in a folder of its own: what we print must work.

python docs/commands.py docs/tutorial.md [...]
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

#: A fenced block of shell, or of TOML that a comment below says to append to a file.
BLOCK = re.compile(r"^```(sh|toml)\n(.*?)^```\n(?:\n<!-- append the block above to (\S+) -->)?", re.M | re.S)


def main() -> None:
    for page in map(Path, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as work:
            for kind, body, target in BLOCK.findall(page.read_text(encoding="utf-8")):
                if kind == "sh":
                    print(f"{page.name}: {body.strip()}", flush=True)
                    subprocess.run(["bash", "-euo", "pipefail", "-c", body], cwd=work, check=True)
                elif target:
                    with (Path(work) / target).open("a", encoding="utf-8") as stream:
                        stream.write("\n" + body)


if __name__ == "__main__":
    main()
