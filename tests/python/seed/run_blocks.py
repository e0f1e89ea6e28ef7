"""Runs code blocks, one after the other in one namespace, and prints what run config their flow has after each, one JSON object per line.

    python run_blocks.py FILE [MODULE]

Every block comes after a line `# %%`. MODULE is imported before all of them.
"""

import importlib
import json
import sys

from blocks import blocks_of


def main(file, *modules):
    for module in modules:
        importlib.import_module(module)
    namespace = {"__name__": "__main__"}
    for block in blocks_of(file):
        exec(compile(block, file, "exec"), namespace)
        print(json.dumps(namespace["flow"].run_config.serialize()))


if __name__ == "__main__":
    main(*sys.argv[1:])
