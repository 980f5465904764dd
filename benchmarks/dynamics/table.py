"""From repetitions to the tables that a reader wants."""

import statistics
from typing import Any

Record = dict[str, Any]

KEYS = ("task", "threads", "library", "measure")
OURS, FLOOR = "picojoule", "floor"
TITLES = {
    "rec250": "Two recurrent layers 700→128→128→20, T 250, batch 64, 2 % input spikes: one training step",
    "rec784": "Two recurrent layers 1→128→128→20, T 784, batch 64: one training step",
    "lif": "LIF neurons alone, T 1000 × 100,000",
    "fc": "784→1000→10, T 25, batch 128: one training step",
    "conv": "12C5-P2-64C5-P2-10, T 50, batch 128: one training step",
}
NUMBERS_MOVED = {"forward": 2, "forward and backward": 6}  # of four bytes, per neuron and step; see README.md


def summarise(records: list[Record], sizes: dict[str, Record]) -> list[Record]:
    """One row per library and measure: times, memory, and how many times faster picojoule is."""
    rows = []
    for names, same in grouped(records, KEYS).items():
        row = dict(zip(KEYS, names, strict=True))
        seconds = [record["seconds"] for record in same]
        last = same[-1]
        row |= {
            "least": min(seconds),
            "median": statistics.median(seconds),
            "cpu": statistics.median(record["cpu_seconds"] for record in same),
            "repetitions": len(seconds),
            "load": statistics.mean(record["load"] for record in same),
            "peak_mb": last["peak_mb"][row["measure"]] - last["imported_mb"],
            "idle_mb": last["idle_mb"] - last["imported_mb"],
        }
        row |= {key: last.get(key) for key in ("neuron", "rates", "gradient_norm", "warm_up_seconds", "versions")}
        if row["task"] == "lif":
            row |= bandwidth(row, sizes["lif"])
        rows.append(row)
    for same in grouped(rows, ("task", "threads", "measure")).values():
        compare(same)
    for same in grouped([row for row in rows if row["task"] == "lif"], ("threads",)).values():
        set_against_copy(same)
    return rows


def grouped(rows: list[Record], keys: tuple[str, ...]) -> dict[tuple[Any, ...], list[Record]]:
    """Rows that agree in some keys, in the order in which they came."""
    found: dict[tuple[Any, ...], list[Record]] = {}
    for row in rows:
        found.setdefault(tuple(row[key] for key in keys), []).append(row)
    return found


def bandwidth(row: Record, size: Record) -> Record:
    """Bytes that must move, per second of the fastest repetition."""
    moved = 4 * NUMBERS_MOVED[row["measure"]] * size["steps"] * size["batch"] * size["features"]
    return {"gb_per_second": moved / row["least"] / 1e9}


def set_against_copy(same: list[Record]) -> None:
    """The share of the copy's bandwidth in the same run."""
    copies = [row["gb_per_second"] for row in same if row["library"] == FLOOR]
    for row in same if copies else []:
        row["share_of_copy"] = row["gb_per_second"] / copies[0]


def compare(same: list[Record]) -> None:
    """How many times faster, and with how much less memory, picojoule is."""
    ours = next((row for row in same if row["library"] == OURS), None)
    for row in same:
        if ours is not None and row is not ours:
            row["times_faster"] = row["median"] / ours["median"]
            row["times_faster_at_best"] = row["least"] / ours["least"]
            row["times_memory"] = row["peak_mb"] / ours["peak_mb"]


def number(value: float | None, form: str = ".3g") -> str:
    """A number without digits that mean nothing."""
    return "" if value is None else format(value, form)


def as_markdown(result: Record) -> str:
    """A head, a table for each task and number of threads, and one of cold starts."""
    machine = result["machine"]
    lines = [
        f"{machine['processor']}, {machine['cores']} cores; load average {machine['load_before']:.2f} before,"
        f" {machine['load_after']:.2f} after. Times in ms; memory in MB above what imports take.",
    ]
    for (task, threads), rows in grouped(result["summary"], ("task", "threads")).items():
        lines += ["", f"### {TITLES[task]}; {threads} thread{'s' * (threads > 1)}", "", *table(task, rows)]
    if result["cold"]:
        lines += ["", "### A new neuron's kernels, in a fresh process", "", *cold_table(result["cold"])]
    return "\n".join(lines) + "\n"


def table(task: str, rows: list[Record]) -> list[str]:
    """One task with one number of threads."""
    head = ["library", "neuron", "least", "median", "CPU", "peak", "of it kept", "picojoule is faster (median, best)"]
    head += ["its memory / picojoule's", "firing rates", "gradient norm", "load"]
    if task == "lif":
        head[1:1] = ["measure"]
        head += ["GB/s", "of copy"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for row in sorted(rows, key=lambda row: row["measure"]):
        faster = [number(row.get(key)) for key in ("times_faster", "times_faster_at_best")]
        cells = [row["library"], row["neuron"], *(number(1000 * row[key]) for key in ("least", "median", "cpu"))]
        cells += [number(row["peak_mb"], ".0f"), number(row["idle_mb"], ".0f"), ", ".join(filter(None, faster))]
        cells += [number(row.get("times_memory")), " ".join(f"{rate:.1%}" for rate in row["rates"] or [])]
        cells += [number(row["gradient_norm"]), number(row["load"], ".1f")]
        if task == "lif":
            cells[1:1] = [row["measure"]]
            cells += [number(row["gb_per_second"]), number(row.get("share_of_copy"), ".0%")]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def cold_table(records: list[Record]) -> list[str]:
    """Seconds until kernels are ready."""
    lines = ["| kernels | loop | least s | median s | CPU s, least | load |", "|---" * 6 + "|"]
    for (kernels, loop), same in grouped(records, ("kernels", "loop")).items():
        seconds = [record["seconds"] for record in same]
        cpu, load = min(record["cpu_seconds"] for record in same), statistics.mean(record["load"] for record in same)
        cells = [kernels, loop, *(f"{value:.2f}" for value in (min(seconds), statistics.median(seconds), cpu, load))]
        lines.append("| " + " | ".join(cells) + " |")
    return lines
