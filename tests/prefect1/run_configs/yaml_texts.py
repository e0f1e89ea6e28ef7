"""YAML texts as PyYAML's safe loader reads them: plain scalars in every position, and documents in both styles.

Left out, because the answers differ where templates hardly go: a plain scalar that begins with a colon (YAML 1.1 and
1.2 disagree), one whose last word is a lone dash (Castra's parser refuses it in flow style), keys that only Python
holds for equal (`1`, `1.0` and `yes`), and a date that a later equal key replaces.
"""

import yaml

from outcome import outcome

WORDS = [
    "yes", "No", "on", "OFF", "y", "true", "True", "TRUE", "tRUE", "null", "~", "Null", "NULL", "nULL", "0", "-0",
    "00", "08", "0644", "0o17", "0x1F", "0b11", "0b2", "1_000", "_1", "1:30", "1:60", "12:30:45", "1.5", "1.", ".5",
    "-.5", "+.5", "1e3", "1.5e3", "1.5e+3", "1.5E-3", "1:30.5", ".inf", "-.INF", ".nan", "2Gi", "500m", "v1", "a b",
    "2024-01-31", "2024-1-31", "2024-01-31 10:00:00", "2024-01-31T10:00:00Z", "a:b", "http://x", "a#b", "<<x", "-1",
    "+1", "--1", "1-2", "@at", "%a", "'q'", "'it''s'", '"d"', '"\\u00fc\\n"', "''", '""', "!!str 5", "!!int '7'",
    "!!float 1", "!!bool yes", "!!null ''", "!!binary aGk=", "! 5", "!mine x", "{a: 1, b: 2, a: 3}", "|\n   text\n", ">-\n   folded\n   text\n",
]  # fmt: skip
SCALAR_ALPHABET = "0123456789_.:+-eExob "


def scalar(rng, words=WORDS):
    if rng.random() < 0.5:
        return rng.choice(words)
    drawn = "".join(rng.choice(SCALAR_ALPHABET) for _ in range(rng.randrange(1, 8))).lstrip(" :")
    return "dash" if drawn.split()[-1:] == ["-"] else drawn


def flow(rng, depth):
    """A value in flow style."""
    kind = rng.randrange(4 if depth else 2)
    if kind < 2:
        return scalar(rng, [word for word in WORDS if "\n" not in word])
    if kind == 2:
        return "[" + ", ".join(flow(rng, depth - 1) for _ in range(rng.randrange(4))) + "]"
    keys = rng.sample(["a", "b", "2", "true", "~", "1.5", "'k'"], rng.randrange(4))
    return "{" + ", ".join(f"{key}: {flow(rng, depth - 1)}" for key in keys) + "}"


def block(rng, depth, indent):
    """A value in block style; nested ones start on a line of their own."""
    pad = "\n" + "  " * indent
    kind = rng.randrange(5 if depth else 2)
    if kind == 0:
        return " " + flow(rng, 1)
    if kind == 1:
        return " " + scalar(rng, [word for word in WORDS if "\n" not in word])
    if kind == 2:
        return "".join(f"{pad}-{block(rng, depth - 1, indent + 1)}" for _ in range(rng.randrange(1, 4)))
    lines = []
    for key in rng.sample(["a", "b", "c", "yes", "0", "2.0", '"q"', "<<"], rng.randrange(1, 4)):
        if key == "<<":
            lines.append(f"{pad}<<: {rng.choice(['*base', '[*base, *other]', '{a: 9}', '5', '[5]'])}")
        else:
            lines.append(f"{pad}{key}:{block(rng, depth - 1, indent + 1)}")
    return "".join(lines)


def text(rng):
    form = rng.randrange(4)
    if form == 0:
        return scalar(rng)
    if form == 1:
        return flow(rng, 3)
    anchors = "base: &base {a: 1, b: 2}\nother: &other {b: 3, c: 4}\ntop:"
    ending = rng.choice(["", "\n", "\n...\n", "\n---\nb: 1", "\n# end"])
    return anchors + block(rng, 3, 1) + ending


def case(rng):
    written = text(rng)
    return {"text": written, **outcome(lambda: yaml.safe_load(written))}
