#!/usr/bin/env bash
# Builds castra-test/base:1 from this machine's own files, because nothing is pulled in tests: a static busybox and the
# libraries that a Rust binary needs. Says what to install if something is missing.
set -euo pipefail

tag=castra-test/base:1
docker image inspect "$tag" >/dev/null 2>&1 && exit 0
busybox=$(command -v busybox) || { echo "no busybox: install busybox-static" >&2; exit 1; }
[ -z "$(ldd "$busybox" 2>/dev/null | grep '=>')" ] || { echo "$busybox is not static: install busybox-static" >&2; exit 1; }

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,etc,root,tmp,usr/bin,usr/local/bin,var/run} && chmod 1777 "$root/tmp"
cp "$busybox" "$root/bin/busybox"
for applet in $("$busybox" --list); do [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"; done
# The dynamic loader and the C libraries, where the loader looks for them.
ldd "$(command -v bash)" /usr/bin/env | grep -o '/[^ ]*' >"$root/tmp/libraries"
for library in libm.so.6 libgcc_s.so.1 libc.so.6 libpthread.so.0 libdl.so.2 librt.so.1; do
    ldconfig -p | awk -v name="$library" '$1 == name { print $NF; exit }' >>"$root/tmp/libraries"
done
sort -u "$root/tmp/libraries" | grep '\.so' | while read -r library; do
    mkdir -p "$root$(dirname "$library")" && cp -L "$library" "$root$library"
done
rm "$root/tmp/libraries"
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
[ ! -d /etc/ssl/certs ] || { mkdir -p "$root/etc/ssl/certs" && cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/" 2>/dev/null || true; }
tar -C "$root" -c . | docker import --change 'CMD ["/bin/sh"]' - "$tag" >/dev/null
