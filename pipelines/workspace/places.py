"""Places in a workspace that belong together, so that a station can be handed one of them and not the whole region."""

from dataclasses import dataclass
from pathlib import Path

DEFAULT_WORKSPACE = "demo-region"
"""Where the demonstration region is made, and looked for."""


@dataclass(frozen=True)
class Lake:
    """What came and was judged.

    Attributes:
        folder: accepted rows, and the log of deliveries.
        quarantine: refused rows with their reasons, and the reports to send back.
    """

    folder: Path
    quarantine: Path


@dataclass(frozen=True)
class Published:
    """What others read.

    Attributes:
        folder: all of it.
        keep: how many releases stay; older ones go, unless something holds them.
    """

    folder: Path
    keep: int

    @property
    def releases(self) -> Path:
        """One folder a release."""
        return self.folder / "releases"

    @property
    def current(self) -> Path:
        """The link to the newest good release."""
        return self.folder / "current"
