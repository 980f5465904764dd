"""The source of one plastic connection: traces, learning, and what live neurons receive.

Two forms. A connection computed `ahead` follows only target neurons that have spiked in this sample: row `slot` of
`changed` holds the weights of live neuron `live[k]`, which is its row in `by_target` itself when samples run one after
the other, and a copy (`private`) when the samples of a mini-batch start from the same weights. Every other connection
learns directly in the matrix kept by source.
"""

from picojoule.compile.expressions import inlined
from picojoule.compile.writer import Writer
from picojoule.simulate.event.plan import ConnectionPlan, RulePlan


def unpack_rule(out: Writer, c: ConnectionPlan) -> None:
    """Give the coefficients and decays of a rule a name."""
    rule = _rule(c)
    for k, name in enumerate(rule.coefficients):
        out.line(f"{c.name}_{name} = {c.name}_constants[{k}]")
    for k, name in enumerate((*rule.pre, *rule.post)):
        out.line(f"{c.name}_decay_{name} = {c.name}_decays[{k}]")


def start_traces(out: Writer, c: ConnectionPlan) -> None:
    """All traces are zero at the start of a sample, and no target neuron has spiked."""
    rule = _rule(c)
    for name in (*rule.pre, *rule.post):
        out.line(f"{c.name}_trace_{name}[:] = real(0.0)")
    out.line(f"{c.name}_live_n = 0", f"{c.name}_slot[:] = -1", f"{c.name}_touched[:] = 0")


def prepare_traces(out: Writer, c: ConnectionPlan) -> None:
    """In a mini-batch, each sample changes rows of its own."""
    if c.ahead:
        out.line(f"{c.name}_mine = {c.name}_changed[sample if private else 0]")


def learn(out: Writer, c: ConnectionPlan) -> None:
    """One step of a plastic connection."""
    rule = _rule(c)
    if c.from_input:
        out.line(f"begin, end = {c.source}_pointers[sample, t], {c.source}_pointers[sample, t + 1]")
        out.line(f"spiked = {c.source}_indices[begin:end]")
    else:
        out.line(f"spiked = {c.source}_now[:{c.source}_now_n]")
    out.line(f"answered = {c.target}_now[:{c.target}_now_n]")
    _decay(out, c, rule)
    _take_up(out, c, rule, own_step=True)
    if c.ahead:
        _come_alive(out, c)
        _learn_live(out, c, rule)
    else:
        _learn_directly(out, c, rule)
    _take_up(out, c, rule, own_step=False)


def stop_learning(out: Writer, c: ConnectionPlan) -> None:
    """At the end of a sample: normalise and store what changed."""
    if c.ahead:
        with out.block("if private"):
            out.line(f"{c.name}_counts[sample] = {c.name}_live_n")
            with out.block(f"for k in range({c.name}_live_n)"):
                out.line(f"{c.name}_numbers[sample, k] = {c.name}_live[k]")
        with out.block("else"), out.block(f"for k in range({c.name}_live_n)"):
            out.line(f"j = {c.name}_live[k]", f"weights = {c.name}_by_target[j]")
            if c.normalises:
                _normalise(out, c)
            out.line(f"kernels.store_column({c.name}_weight, j, weights)")
    elif c.normalises:
        with out.block(f"for j in range({c.target}_n)"), out.block(f"if {c.name}_touched[j] != 0"):
            out.line(f"weights = {c.name}_weight[:, j]")
            _normalise(out, c)


def _normalise(out: Writer, c: ConnectionPlan) -> None:
    out.line(f"kernels.normalise(weights, {c.name}_total, {c.name}_low, {c.name}_high)")
    out.line(f"counters[{c.name}_counter + 2] += weights.size")


def _rule(c: ConnectionPlan) -> RulePlan:
    if c.rule is None:
        raise ValueError(f"{c.name} has no rule")
    return c.rule


def _decay(out: Writer, c: ConnectionPlan, rule: RulePlan) -> None:
    for name in rule.pre:
        with out.block(f"for i in range({c.name}_trace_{name}.size)"):
            out.line(f"{c.name}_trace_{name}[i] *= {c.name}_decay_{name}")
    for name in rule.post:
        if c.ahead:  # the traces of all others are zero
            with out.block(f"for k in range({c.name}_live_n)"):
                out.line(f"{c.name}_trace_{name}[{c.name}_live[k]] *= {c.name}_decay_{name}")
        else:
            with out.block(f"for j in range({c.name}_trace_{name}.size)"):
                out.line(f"{c.name}_trace_{name}[j] *= {c.name}_decay_{name}")


def _take_up(out: Writer, c: ConnectionPlan, rule: RulePlan, *, own_step: bool) -> None:
    """Traces take up this step's spikes."""
    for side, spikes in ((rule.pre, "spiked"), (rule.post, "answered")):
        for name, trace in side.items():
            if trace.sees_own_step == own_step:
                change = "+= real(1.0)" if trace.accumulates else "= real(1.0)"
                with out.block(f"for n in {spikes}"):
                    out.line(f"{c.name}_trace_{name}[n] {change}")


def _come_alive(out: Writer, c: ConnectionPlan) -> None:
    """A target neuron's first spike: from now on its weights change and its input is computed step by step."""
    with out.block("for j in answered"), out.block(f"if {c.name}_slot[j] < 0"):
        with out.block("if private"):
            out.line(f"{c.name}_slot[j] = {c.name}_live_n")
            out.line(f"{c.name}_mine[{c.name}_live_n, :] = {c.name}_by_target[j]")
        with out.block("else"):
            out.line(f"{c.name}_slot[j] = j")
        out.line(f"{c.name}_live[{c.name}_live_n] = j", f"{c.name}_live_n += 1")
        if c.delayed:
            out.line(f"kernels.rewind_delayed({c.name}_by_target[j], {c.name}_delay_by_target[j],")
            out.line(f"    {c.source}_pointers[sample], {c.source}_indices, t, {c.longest_delay},")
            out.line(f"    {c.target}_in_{c.port}, j)")


def _learn_live(out: Writer, c: ConnectionPlan, rule: RulePlan) -> None:
    counter = f"{c.name}_counter"
    with out.block(f"for k in range({c.name}_live_n)"):
        out.line(f"j = {c.name}_live[k]")
        out.line(f"weights = {c.name}_mine[{c.name}_slot[j]] if private else {c.name}_by_target[j]")
        for name in rule.post:
            out.line(f"post_{name} = {c.name}_trace_{name}[j]")
        if rule.changes_on_pre:
            with out.block(f"if {_any_nonzero([f'post_{name}' for name in rule.post])}"):
                out.line(f"counters[{counter}] += spiked.size")
                with out.block("for i in spiked"):
                    _change(out, c, rule, "on_pre", "weights[i]")
        out.line("fires = False")
        with out.block("for n in answered"):
            out.line("fires = fires or n == j")
        with out.block("if fires"):
            _learn_on_post(out, c, rule, "weights[i]", "weights.size")
        if c.delayed:
            out.line(f"late = {c.name}_delay_by_target[j]")
            with out.block("for i in spiked"):
                out.line(f"{c.target}_in_{c.port}[t + late[i], j] += weights[i]")
        else:
            out.line("received = real(0.0)")
            with out.block("for i in spiked"):
                out.line("received += weights[i]")
            out.line(f"{c.target}_in_{c.port}[t + 1, j] = received")


def _learn_directly(out: Writer, c: ConnectionPlan, rule: RulePlan) -> None:
    if rule.changes_on_pre:
        changed = _any_nonzero([f"post_{name}" for name in rule.post]) if rule.needs_post else "1"
        with out.block("for i in spiked"):
            out.line(f"row = {c.name}_weight[i]")
            with out.block("for j in range(row.size)"):
                for name in rule.post:
                    out.line(f"post_{name} = {c.name}_trace_{name}[j]")
                _change(out, c, rule, "on_pre", "row[j]")
                out.line(f"counters[{c.name}_counter] += {changed}")
    with out.block("for j in answered"):
        out.line(f"{c.name}_touched[j] = 1")
        for name in rule.post:
            out.line(f"post_{name} = {c.name}_trace_{name}[j]")
        _learn_on_post(out, c, rule, f"{c.name}_weight[i, j]", f"{c.name}_weight.shape[0]")


def _learn_on_post(out: Writer, c: ConnectionPlan, rule: RulePlan, place: str, size: str) -> None:
    if not rule.changes_on_post:
        return
    with out.block(f"for i in range({size})"):
        _change(out, c, rule, "on_post", place)
    if not rule.needs_pre:
        out.line(f"counters[{c.name}_counter + 1] += {size}")
        return
    out.line("changed = 0")
    with out.block(f"for i in range({size})"):
        out.line(f"changed += {_any_nonzero([f'{c.name}_trace_{name}[i]' for name in rule.pre])}")
    out.line(f"counters[{c.name}_counter + 1] += changed")


def _change(out: Writer, c: ConnectionPlan, rule: RulePlan, method: str, place: str) -> None:
    """`place` becomes what the rule makes of it; i is the source neuron, `post_…` hold the target's traces."""
    names = {name: f"{c.name}_trace_{name}[i]" for name in rule.pre}
    names |= {name: f"post_{name}" for name in rule.post}
    names |= {name: f"{c.name}_{name}" for name in rule.coefficients}
    lines, (weight,) = inlined(rule.on_pre if method == "on_pre" else rule.on_post, names)
    out.line(f"w = {place}", *lines, f"{place} = {weight}")


def _any_nonzero(names: list[str]) -> str:
    return "(" + " or ".join(f"{name} != real(0.0)" for name in names) + ")"
