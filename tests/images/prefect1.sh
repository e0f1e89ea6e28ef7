#!/usr/bin/env bash
# prefect1.sh PYTHON: builds castra-test/prefect:1, the base image with the Python 3.11 and the prefect 1.4.1 of this
# virtual environment in it, from this machine's own files.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${1:?which Python has prefect 1.4.1?}

"$here/base.sh"
tag=castra-test/prefect:1
pins=$({ "$python" -m pip freeze --all; cat "$0"; } | sha256sum | cut -c1-16)
[ "$(docker image inspect --format '{{ index .Config.Labels "pins" }}' "$tag" 2>/dev/null)" != "$pins" ] || exit 0

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
read -r interpreter library packages < <("$python" -c 'import os, sys, sysconfig
print(os.path.realpath(sys.executable), sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"))')
mkdir -p "$root/opt" "$root$(dirname "$interpreter")" "$root$library" "$root/usr/local/bin"
cp "$interpreter" "$root$interpreter"
tar -C "$library" -c --exclude=__pycache__ --exclude=test --exclude=idlelib --exclude=site-packages --exclude='config-*' . | tar -C "$root$library" -x
mkdir "$root/opt/prefect1" && tar -C "$packages" -c --exclude=__pycache__ . | tar -C "$root/opt/prefect1" -x
# The libraries of the interpreter and of its modules, where the loader looks for them.
find "$interpreter" "$library/lib-dynload" "$packages" \( -name '*.so' -o -path "$interpreter" \) -exec ldd {} + 2>/dev/null |
    grep -o '/[^ ]*\.so[^ ]*' | sort -u | while read -r object; do
    [ ! -f "$object" ] || { mkdir -p "$root$(dirname "$object")" && cp -L "$object" "$root$object"; }
done
for module in prefect pip; do
    printf '#!/bin/sh\nexec %s -m %s "$@"\n' "$interpreter" "$module" >"$root/usr/local/bin/$module"
    chmod +x "$root/usr/local/bin/$module"
done
ln -s "$interpreter" "$root/usr/local/bin/python" && ln -s "$interpreter" "$root/usr/local/bin/python3"
cat >"$root/Dockerfile" <<D
FROM castra-test/base:1
COPY . /
ENV PYTHONPATH=/opt/prefect1 PATH=/usr/local/bin:/usr/bin:/bin HOME=/root PYTHONDONTWRITEBYTECODE=1 LANG=C.UTF-8
LABEL pins=$pins
D
DOCKER_BUILDKIT=0 docker build --quiet --tag "$tag" "$root" >/dev/null
