"""picojoule: energy-efficient machine learning with spiking neural networks."""

from picojoule._version import __version__ as __version__
