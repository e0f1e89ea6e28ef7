"""Prints what the installed prefect does with odd run configs, one JSON object per line.

    python cases.py {arguments|documents|yaml|launches} SEED COUNT

The first line names the directory and the files that the cases may refer to; every other line is a case: what was
asked, and either what came of it or `error`. The same seed gives the same cases. Castra's tests ask their own types
the same questions and compare.
"""

import json
import logging
import os
import random
import sys
import tempfile

import launches
import run_configs
import yaml_texts

FILES = {
    "job.yaml": "kind: Job\nspec: {suspend: no, parallelism: 0o1, ttl: 0644}\n",
    "empty.yaml": "",
    "list.yaml": "[1, 2]",
    "broken.yaml": "a: [1",
    "family.json": '{"family": "flow", "cpu": "1024"}',
}

SUBJECTS = {
    "arguments": run_configs.arguments_case,
    "documents": run_configs.document_case,
    "yaml": yaml_texts.case,
    "launches": launches.case,
}


def main():
    subject, seed, count = SUBJECTS[sys.argv[1]], int(sys.argv[2]), int(sys.argv[3])
    logging.disable(logging.CRITICAL)
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as directory:
        directory = os.path.realpath(directory)
        os.chdir(directory)
        for name, text in FILES.items():
            with open(name, "w") as file:
                file.write(text)
        print(json.dumps({"directory": directory, "files": FILES}))
        for _ in range(count):
            print(json.dumps(subject(rng)))


if __name__ == "__main__":
    main()
