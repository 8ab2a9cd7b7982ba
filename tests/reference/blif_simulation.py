"""BLIF without registers, one vector at a time, cube by cube."""


def simulate(text: str, values: dict[str, int]) -> dict[str, int]:
    """Values of the outputs for values of the inputs; nodes may stand in any order."""
    nodes: dict[str, tuple[list[str], list[str]]] = {}
    outputs: list[str] = []
    target = ""
    for line in text.splitlines():
        words = line.split()
        if words[:1] == [".outputs"]:
            outputs = words[1:]
        elif words[:1] == [".names"]:
            target = words[-1]
            nodes[target] = (words[1:-1], [])
        elif words and not words[0].startswith("."):
            nodes[target][1].append(line)
    known = dict(values)

    def value(name: str) -> int:
        if name not in known:
            sources, cover = nodes[name]
            bits = "".join(str(value(source)) for source in sources)
            known[name] = int(
                any(
                    all(a in {"-", b} for a, b in zip(line.split()[0], bits, strict=True))
                    if sources
                    else line.strip() == "1"
                    for line in cover
                )
            )
        return known[name]

    return {name: value(name) for name in outputs}
