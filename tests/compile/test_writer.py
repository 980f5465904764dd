"""Source is written with the indentation of its blocks."""

from picojoule.compile.writer import Writer


def test_blocks_indent_and_an_empty_one_passes() -> None:
    out = Writer()
    with out.block("def f(x)"):
        with out.block("for i in range(x)"), out.block("if i > 2"):
            out.line("x += 1", "break")
        with out.block("while False"):
            pass
        out.line("return x")
    names: dict[str, object] = {}
    exec(out.text(), names)
    assert names["f"](5) == 6  # type: ignore[operator]
    assert out.text().splitlines()[3:] == [
        "            x += 1",
        "            break",
        "    while False:",
        "        pass",
        "    return x",
    ]
