"""The source of one population's step: integrate, select, fire."""

from picojoule.compile.expressions import inlined
from picojoule.compile.writer import Writer
from picojoule.simulate.event.plan import PopulationPlan


def theta_names(p: PopulationPlan) -> dict[str, str]:
    """What the coefficients of a population's homeostasis are called in the kernel."""
    return {name: f"{p.name}_theta_{name}" for name in p.homeostasis_coefficients}


def reset_population(out: Writer, p: PopulationPlan) -> None:
    """Bring a population to rest at the start of a sample."""
    for k, field in enumerate(p.state):
        out.line(f"{p.name}_state_{field}[:] = {p.name}_initial[{k}]")
    out.line(f"{p.name}_now_n = 0")
    if p.sleeps:
        out.line(f"{p.name}_awake_n = {p.name}_n", f"{p.name}_is_awake[:] = 1")
        with out.block(f"for j in range({p.name}_n)"):
            out.line(f"{p.name}_awake[j] = j")
    for port in p.ports:
        if port.connected and not port.whole:
            out.line(f"{p.name}_in_{port.name}[:] = real(0.0)")


def step_population(out: Writer, p: PopulationPlan) -> None:
    """One step of a population."""
    for port in p.ports:
        if port.connected:
            row = "t" if port.whole else f"t % {port.rows}"
            out.line(f"{p.name}_arriving_{port.name} = {p.name}_in_{port.name}[{row}]")
    out.line(f"{p.name}_now_n = 0", f"{p.name}_fired_n = 0")
    if p.sleeps:
        _step_awake(out, p)
    else:
        _step_all(out, p)
    with out.block(f"if {p.name}_fired_n > 0"):
        crossed, broken = f"{p.name}_fired[:{p.name}_fired_n]", f"{p.name}_broken[sample]"
        out.line(f"kernels.note_overflow({p.name}_excess, {crossed}, t, {len(p.state)}, {broken})")
        _select(out, p)
        _record(out, p)
    _fire(out, p)


def _step_all(out: Writer, p: PopulationPlan) -> None:
    """Every neuron, in one SIMD loop; crossings are looked for afterwards, which keeps that loop free of them."""
    with out.block(f"for j in range({p.name}_n)"):
        _integrate(out, p)
    loop, crossed = f"for j in range({p.name}_n)", f"if {p.name}_excess[j] >= real(0.0)"
    with out.block(f"if vectors.any_crossed({p.name}_excess)"), out.block(loop), out.block(crossed):
        out.line(f"{p.name}_fired[{p.name}_fired_n] = j", f"{p.name}_fired_n += 1")


def _step_awake(out: Writer, p: PopulationPlan) -> None:
    """Only neurons that moved in the last step or receive something; the others would stay as they are."""
    out.line("kept = 0")
    with out.block(f"for k in range({p.name}_awake_n)"):
        out.line(f"j = {p.name}_awake[k]", "moved = False")
        _integrate(out, p)
        with out.block("if excess >= real(0.0)"):
            out.line("moved = True", f"place = {p.name}_fired_n")
            with out.block(f"while place > 0 and {p.name}_fired[place - 1] > j"):  # keep them ascending
                out.line(f"{p.name}_fired[place] = {p.name}_fired[place - 1]", "place -= 1")
            out.line(f"{p.name}_fired[place] = j", f"{p.name}_fired_n += 1")
        with out.block("if moved"):
            out.line(f"{p.name}_awake[kept] = j", "kept += 1")
        with out.block("else"):
            out.line(f"{p.name}_is_awake[j] = 0")
    out.line(f"{p.name}_awake_n = kept")


def _integrate(out: Writer, p: PopulationPlan) -> None:
    """The dynamics of neuron j and, for populations that sleep, whether anything moved."""
    names = {f"x_{port.name}": f"x_{port.name}" for port in p.ports}
    for port in p.ports:
        arriving = f"{p.name}_arriving_{port.name}[j]" if port.connected else "real(0.0)"
        out.line(f"x_{port.name} = {arriving}")
    for field in p.state:
        out.line(f"old_{field} = {p.name}_state_{field}[j]")
    lines, (excess, *state) = inlined(p.integrate, {**names, **_names(p, "old_")})
    out.line(*lines)
    out.line(f"excess = {excess}" + (f" - {p.name}_theta[j]" if p.adapts else ""))
    for field, value in zip(p.state, state, strict=True):
        out.line(f"{p.name}_state_{field}[j] = {value}")
        if p.sleeps:
            out.line(f"moved = moved or {value} != old_{field}")
    for port in p.ports:
        if port.connected and not port.whole:
            out.line(f"{p.name}_arriving_{port.name}[j] = real(0.0)")
            if p.sleeps:
                out.line(f"moved = moved or x_{port.name} != real(0.0)")
    out.line(f"{p.name}_excess[j] = excess")


def _select(out: Writer, p: PopulationPlan) -> None:
    """Of the neurons that crossed, all in `fired`, list those that spike in `now`."""
    if not p.one_per_step:
        out.line(f"{p.name}_now[:{p.name}_fired_n] = {p.name}_fired[:{p.name}_fired_n]")
        out.line(f"{p.name}_now_n = {p.name}_fired_n")
        return
    out.line(f"best = {p.name}_fired[0]")
    better = f"if {p.name}_excess[{p.name}_fired[k]] > {p.name}_excess[best]"
    with out.block(f"for k in range({p.name}_fired_n)"), out.block(better):
        out.line(f"best = {p.name}_fired[k]")
    out.line(f"{p.name}_now[0] = best", f"{p.name}_now_n = 1")
    if not p.losers_reset:
        out.line(f"{p.name}_fired[0] = best", f"{p.name}_fired_n = 1")


def _record(out: Writer, p: PopulationPlan) -> None:
    """Count spikes for each neuron, note first spikes, list events where asked, raise thresholds."""
    with out.block(f"for k in range({p.name}_now_n)"):
        out.line(f"j = {p.name}_now[k]", f"{p.name}_count[sample, j] += 1")
        with out.block(f"if {p.name}_first[sample, j] > t"):
            out.line(f"{p.name}_first[sample, j] = t")
        with out.block(f"if {p.name}_record_n[sample] < {p.name}_record.shape[1]"):
            out.line(f"{p.name}_record[sample, {p.name}_record_n[sample], 0] = t")
            out.line(f"{p.name}_record[sample, {p.name}_record_n[sample], 1] = j")
        out.line(f"{p.name}_record_n[sample] += 1")
    if p.on_crossing is not None:
        with out.block(f"for k in range({p.name}_fired_n)"):
            out.line(f"j = {p.name}_fired[k]", f"theta = {p.name}_theta[j]")
            lines, (theta,) = inlined(p.on_crossing, theta_names(p))
            out.line(*lines, f"{p.name}_theta[j] = {theta}")


def _fire(out: Writer, p: PopulationPlan) -> None:
    """Reset the neurons that fired; all of them, where `fire` changes silent neurons too."""
    if p.sparse_fire:
        with out.block(f"for k in range({p.name}_fired_n)"):
            out.line(f"j = {p.name}_fired[k]", "spike = real(1.0)")
            _fire_one(out, p)
        return
    out.line(f"{p.name}_mask[:] = real(0.0)")
    with out.block(f"for k in range({p.name}_fired_n)"):
        out.line(f"{p.name}_mask[{p.name}_fired[k]] = real(1.0)")
    with out.block(f"for j in range({p.name}_n)"):
        out.line(f"spike = {p.name}_mask[j]")
        _fire_one(out, p)


def _fire_one(out: Writer, p: PopulationPlan) -> None:
    for field in p.state:
        out.line(f"old_{field} = {p.name}_state_{field}[j]")
    lines, state = inlined(p.fire, _names(p, "old_"))
    out.line(*lines)
    for field, value in zip(p.state, state, strict=True):
        if value != f"old_{field}":
            out.line(f"{p.name}_state_{field}[j] = {value}")


def _names(p: PopulationPlan, prefix: str) -> dict[str, str]:
    """What states and coefficients are called in the kernel."""
    names = {field: f"{prefix}{field}" for field in p.state}
    for coefficient, each in zip(p.coefficients, p.per_neuron, strict=True):
        names[coefficient] = f"{p.name}_array_{coefficient}[j]" if each else f"{p.name}_{coefficient}"
    return names
