"""Builds the wheel with maturin, and with it the command `castra`: the native binary, which starts in a millisecond where an entry
point in Python takes forty. maturin builds one crate; the binary is another, so cargo builds it before.

`CASTRA_BIN` names a binary that is built already (as in tests); then none is.
"""

import os
import shutil
import subprocess
from pathlib import Path

import maturin

ROOT = Path(__file__).resolve().parents[3]
# What maturin puts beside the interpreter (`data` in pyproject.toml).
COMMANDS = ROOT / "target/castra.data/scripts"

get_requires_for_build_wheel = maturin.get_requires_for_build_wheel
get_requires_for_build_editable = maturin.get_requires_for_build_editable


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    # maturin wants the folder to be there, whatever is in it.
    COMMANDS.mkdir(parents=True, exist_ok=True)
    return maturin.prepare_metadata_for_build_wheel(metadata_directory, config_settings)


prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    put_command()
    return maturin.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    put_command()
    return maturin.build_editable(wheel_directory, config_settings, metadata_directory)


def put_command():
    """Puts the binary where maturin finds it."""
    COMMANDS.mkdir(parents=True, exist_ok=True)
    shutil.copy(os.environ.get("CASTRA_BIN") or built_binary(), COMMANDS / "castra")


def built_binary():
    """The binary in release, which a `cargo run --release -- quickstart` before has built already."""
    subprocess.run(["cargo", "build", "--release", "--package", "castra-cli"], cwd=ROOT, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target") / "release/castra"
