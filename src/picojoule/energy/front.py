"""The front of several networks: those that no other one beats."""

from collections.abc import Sequence

from picojoule.core.arguments import public


@public
def front(points: Sequence[tuple[float, float]]) -> tuple[int, ...]:
    """Find the points that are not dominated.

    A point dominates another if it costs no more and is no less accurate, and is better in one of both.

    Args:
        points: energy and accuracy of each.

    Returns:
        Numbers of those that no other point dominates, by increasing energy; of equal points, all.

    Example:
        >>> front([(10.0, 0.9), (20.0, 0.8), (30.0, 0.95), (5.0, 0.7)])
        (3, 0, 2)
    """

    def dominated(point: tuple[float, float]) -> bool:
        energy, accuracy = point
        return any(e <= energy and a >= accuracy and (e, a) != point for e, a in points)

    kept = [number for number, point in enumerate(points) if not dominated(point)]
    return tuple(sorted(kept, key=lambda number: points[number]))
