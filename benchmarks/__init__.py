"""What the project claims about speed, measured: each program prints figures and ratios of one run."""

import pipelines as _settings_of_the_commands  # noqa: F401 - the same number of threads as the commands use
