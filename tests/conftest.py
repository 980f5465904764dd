"""Settings of all tests."""

from hypothesis import settings

# the same examples in every run and no deadlines, which a busy machine would miss;
# other examples: pytest --hypothesis-profile=default
settings.load_profile("ci")
