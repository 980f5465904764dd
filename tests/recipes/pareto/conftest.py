"""The command line as its own tests call it."""

from tests.cli.conftest import here, pj, refusal  # noqa: F401  # fixtures
