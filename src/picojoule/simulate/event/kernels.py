"""Kernels that every generated time loop calls; none of them knows a model.

Dense weights stand in memory twice while a network learns: by source neuron (`by_source`, a presynaptic spike is one
contiguous row) and by target neuron (`by_target`, the synapses of one neuron are one contiguous row). A neuron's
weights change only after its first spike in a sample; until then what it receives is computed ahead, for all steps at
once.
"""
# ruff: noqa: ANN001, ANN201, ANN202, PLR0917  # numba infers types, and kernels take arrays by position

import numpy as np

from picojoule.core.compiled import compiled
from picojoule.simulate.event.vectors import WIDTH, pack_rows, sum_steps


@compiled()
def ahead(weight, pointers, indices, steps, arrivals):  # type: ignore[no-untyped-def]
    """Fill `arrivals[t]` with the weights of the spikes of step t - 1.

    `arrivals` has at least two more rows than there are steps, and `WIDTH` numbers behind the first of these.

    Of a block of columns, the rows of all inputs that spike are packed into one small array that stays in the cache;
    each step then adds some of them in registers.
    """
    first, last = pointers[0], pointers[steps]
    place_of = np.full(weight.shape[0], -1, np.int32)
    rows = np.empty(weight.shape[0], np.int32)
    places = np.empty(last - first, np.int32)
    active = 0
    for e in range(first, last):
        i = indices[e]
        if place_of[i] < 0:
            place_of[i] = active
            rows[active] = i
            active += 1
        places[e - first] = place_of[i]
    packed = np.zeros(active * WIDTH, np.float32)
    flat = arrivals.ravel()
    width = arrivals.shape[1]
    # from the right: a block that is wider than what is left runs over into the next row, which is summed after it
    for start in range((width - 1) // WIDTH * WIDTH, -1, -WIDTH):
        pack_rows(weight, rows, active, start, packed)
        sum_steps(packed, places, pointers, steps, flat, width + start, width)
    arrivals[0, :] = np.float32(0.0)


@compiled()
def ahead_again(by_target, neurons, pointers, indices, steps, arrivals):  # type: ignore[no-untyped-def]
    """As `ahead`, for a few target neurons, from the weights kept by target."""
    for j in neurons:
        weights = by_target[j]
        for t in range(steps):
            received = np.float32(0.0)
            for e in range(pointers[t], pointers[t + 1]):
                received += weights[indices[e]]
            arrivals[t + 1, j] = received


@compiled()
def ahead_delayed(weight, delay, pointers, indices, steps, arrivals):  # type: ignore[no-untyped-def]
    """As `ahead`, with a delay for each synapse; `arrivals` has as many more rows as the longest delay."""
    arrivals[:] = np.float32(0.0)
    for t in range(steps):
        for e in range(pointers[t], pointers[t + 1]):
            row, late = weight[indices[e]], delay[indices[e]]
            for j in range(row.size):
                arrivals[t + late[j], j] += row[j]


@compiled()
def rewind_delayed(weights, delays, pointers, indices, t, longest, arrivals, j):  # type: ignore[no-untyped-def]
    """Leave in `arrivals[t + 1:, j]` only what was sent before step t; `weights` and `delays` are those of neuron j."""
    for row in range(t + 1, arrivals.shape[0]):
        arrivals[row, j] = 0.0
    for s in range(max(0, t - longest + 1), t):
        for e in range(pointers[s], pointers[s + 1]):
            arrival = s + delays[indices[e]]
            if arrival > t:
                arrivals[arrival, j] += weights[indices[e]]


@compiled()
def _clipped(weight, low, high):  # type: ignore[no-untyped-def]
    """Within bounds; NaN stays NaN, so that it is found."""
    return low if weight < low else high if weight > high else weight


@compiled()
def normalise(weights, total, low, high):  # type: ignore[no-untyped-def]
    """Scale the weights of one neuron to a fixed absolute sum, as far as their bounds allow."""
    absolute = 0.0
    for i in range(weights.size):
        absolute += abs(np.float64(weights[i]))
    if absolute > 0.0:
        scale = np.float32(total / absolute)
        for i in range(weights.size):
            weights[i] = _clipped(weights[i] * scale, low, high)


@compiled()
def note_broken(state, field, broken):  # type: ignore[no-untyped-def]
    """Note the first neuron whose state is NaN or infinite at the end of a sample.

    Args:
        state: `[neurons]`, one field of the state.
        field: its number.
        broken: `[3]`, neuron, field and step; all -1 as long as nothing was found.
    """
    for j in range(state.size):
        if not abs(state[j]) < np.inf and broken[0] < 0:
            broken[0], broken[1] = j, field


@compiled()
def note_overflow(excess, fired, t, field, broken):  # type: ignore[no-untyped-def]
    """Note the first neuron that crossed its threshold because it is infinite; the reset may hide that.

    Args:
        excess: `[neurons]`.
        fired: `[crossed]`, the neurons that crossed.
        t: the step.
        field: the number that stands for the excess.
        broken: `[3]`, as in `note_broken`.
    """
    for j in fired:
        if excess[j] == np.inf and broken[0] < 0:
            broken[0], broken[1], broken[2] = j, field, t


@compiled()
def store_column(weight, j, values):  # type: ignore[no-untyped-def]
    """Write one neuron's weights into the matrix kept by source."""
    for i in range(values.size):
        weight[i, j] = values[i]


@compiled()
def transpose(matrix, out):  # type: ignore[no-untyped-def]
    """`out = matrix.T`, in blocks that fit a cache."""
    rows, columns = matrix.shape
    for i0 in range(0, rows, 32):
        for j0 in range(0, columns, 32):
            for i in range(i0, min(i0 + 32, rows)):
                for j in range(j0, min(j0 + 32, columns)):
                    out[j, i] = matrix[i, j]


@compiled()
def merge_samples(by_target, by_source, changed, numbers, counts, low, high, total, scratch, slot):  # type: ignore[no-untyped-def]
    """Add up what the samples of a mini-batch changed, in their order, clip, normalise and store.

    Args:
        by_target: weights `[n_target, n_source]`, unchanged since the batch began; updated.
        by_source: weights `[n_source, n_target]`; updated.
        changed: `[batch, n_target, n_source]`, the rows that a sample changed, one after the other.
        numbers: `[batch, n_target]`, the target neuron of each such row.
        counts: `[batch]`, the number of such rows.
        low: lowest weight.
        high: highest weight.
        total: sum to normalise to, or 0 for none.
        scratch: `[n_target, n_source]`, used for the sums.
        slot: `[n_target]`, used to find them; all -1, and so again afterwards.

    Returns:
        The number of target neurons changed.
    """
    touched = 0
    for b in range(counts.size):
        for row in range(counts[b]):
            j = numbers[b, row]
            weights = by_target[j]
            if slot[j] < 0:
                slot[j] = touched
                scratch[touched, :] = 0.0
                touched += 1
            sums, new = scratch[slot[j]], changed[b, row]
            for i in range(sums.size):
                sums[i] += new[i] - weights[i]
    for j in range(slot.size):
        if slot[j] >= 0:
            _apply(by_target[j], scratch[slot[j]], low, high, total)
            store_column(by_source, j, by_target[j])
            slot[j] = -1
    return touched


@compiled()
def _apply(weights, sums, low, high, total):  # type: ignore[no-untyped-def]
    """Change the weights of one neuron by the sum of its changes."""
    for i in range(weights.size):
        weights[i] = _clipped(weights[i] + sums[i], low, high)
    if total > 0.0:
        normalise(weights, total, low, high)
