"""What layers are called in an account."""

from torch import Tensor, nn

from picojoule.layers.neuron_layer import NeuronLayer


def layer_labels(network: nn.Module, neurons: tuple[str, ...] = ()) -> dict[str, str]:
    """Labels of layers by their names: those of weights by their sizes, those of neurons as given.

    Args:
        network: a stack.
        neurons: labels of its layers of neurons, in order.

    Example:
        >>> layer_labels(nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.ReLU()))
        {'1': '784 → 10'}
    """
    found, left = {}, list(neurons)
    for name, module in network.named_modules():
        weight = getattr(module, "weight", None)
        if isinstance(module, NeuronLayer):
            found[name] = left.pop(0) if left else name
        elif isinstance(weight, Tensor) and weight.dim() == 2:
            found[name] = f"{weight.shape[1]} → {weight.shape[0]}"
        elif isinstance(weight, Tensor) and weight.dim() == 4:
            found[name] = f"{weight.shape[1]} → {weight.shape[0]}, {weight.shape[2]} × {weight.shape[3]}"
    return found
