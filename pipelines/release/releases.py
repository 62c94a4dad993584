"""Releases: one folder each, complete before it has its name, never written after; `current` links to the newest good.

A release is built in `<id>.partial`, gets its manifest last, is renamed, and only then becomes current, by replacing
the link in one step. Whoever is killed in between leaves a folder that the next refresh removes, or a complete one.
"""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from data_contracts.problem import Problem
from data_contracts.text import Text
from pipelines.workspace.durable import sync_folder, sync_tree, write_text
from pipelines.workspace.places import Published

DATABASE = "care_transfer.duckdb"
MANIFEST = "manifest.json"
DASHBOARDS = "dashboards"
PARTIAL = ".partial"
WITHDRAWN = "withdrawn.json"

_ID_TIME = "%Y%m%dT%H%M%SZ"
_HASH_LENGTH = 8


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class DeliveryInput(_Record):
    """One delivery as the release knew it."""

    supplier: str
    period: str
    dataset: str
    file: str
    hash: str
    status: str
    rows: int
    accepted: int
    rejected: int


class ScenarioInput(_Record):
    """One scenario file: evaluated, or refused with its message."""

    file: str
    hash: str
    scenario: str | None = None
    status: str
    message: str = ""


class SignOffInput(_Record):
    """A party's signature under its baseline, and whether that baseline is still the one in this release."""

    party: str
    release: str
    who: str
    when: datetime
    hash: str
    holds: bool


class CheckResult(_Record):
    """One of the release's own checks: what it holds and what breaks it, in both languages."""

    name: str
    passed: bool
    blocking: bool
    description: str
    found: str = ""
    description_nl: str = ""
    found_nl: str = ""


class Manifest(_Record):
    """What a release is made of and what was checked."""

    id: str
    created_at: datetime
    region: str
    region_name_nl: str
    region_name_en: str
    invented: bool
    base_year: int
    fingerprint: str
    region_fingerprint: str
    deliveries: tuple[DeliveryInput, ...]
    sign_offs: tuple[SignOffInput, ...] = ()
    scenarios: tuple[ScenarioInput, ...]
    contracts: dict[str, str]
    versions: dict[str, str]
    rows: dict[str, int]
    checks: tuple[CheckResult, ...]
    sequence: int = 0
    """The how manyth it is: releases follow each other by this, also where a clock was set back."""
    files: dict[str, int] = {}
    """Every file of it with its size in bytes: one that is shorter or gone is damaged. Older releases tell none."""


@dataclass(frozen=True)
class ReleaseFolder:
    """A published release: where it lies and what its manifest says."""

    path: Path
    manifest: Manifest
    is_current: bool

    @property
    def id(self) -> str:
        """The release's id."""
        return self.path.name

    @property
    def order(self) -> tuple[int, str]:
        """What decides which of two releases is the newer."""
        return self.manifest.sequence, self.id

    @property
    def database(self) -> Path:
        """The DuckDB file; open it read-only."""
        return self.path / DATABASE

    @property
    def dashboards(self) -> Path:
        """The first page of the static dashboards."""
        return self.path / DASHBOARDS / "index.html"


@dataclass(frozen=True)
class DraftRelease:
    """A release that is being built: a folder that nobody reads yet."""

    path: Path

    @property
    def id(self) -> str:
        """The id that the release will have."""
        return self.path.name.removesuffix(PARTIAL)

    @property
    def database(self) -> Path:
        """The DuckDB file that is being written."""
        return self.path / DATABASE

    @property
    def dashboards(self) -> Path:
        """The folder of the static dashboards."""
        return self.path / DASHBOARDS

    @property
    def created_at(self) -> datetime:
        """When the build began, as in the id."""
        return datetime.strptime(self.id.split("-", maxsplit=1)[0], _ID_TIME).replace(tzinfo=UTC)


def start_draft(published: Published, *, fingerprint: str, now: datetime | None = None) -> DraftRelease:
    """Returns a new, empty draft; whatever an earlier build left behind is removed first."""
    clean_leftovers(published)
    moment = (now or datetime.now(UTC)).replace(microsecond=0)
    while True:
        name = f"{moment.strftime(_ID_TIME)}-{fingerprint[:_HASH_LENGTH]}"
        if not (published.releases / name).exists():
            break
        moment += timedelta(seconds=1)
    draft = DraftRelease(published.releases / f"{name}{PARTIAL}")
    draft.path.mkdir(parents=True)
    return draft


def find_draft(published: Published) -> DraftRelease:
    """Returns the draft that is being built.

    Raises:
        Problem: there is none.
    """
    drafts = sorted(published.releases.glob(f"*{PARTIAL}"))
    if not drafts:
        raise Problem(
            Text(en="no release is being built", nl="er wordt geen uitgave gebouwd"),
            expected=Text(en="the warehouse of this run", nl="het warehouse van deze run"),
            action=Text(
                en="run the whole publication: the warehouse first, or simply: care-transfer refresh",
                nl="draai de hele publicatie: eerst het warehouse, of gewoon: care-transfer refresh",
            ),
        )
    return DraftRelease(drafts[-1])


def publish(
    published: Published, draft: DraftRelease, *, manifest: Manifest, kept: frozenset[str] = frozenset()
) -> ReleaseFolder:
    """Makes a draft the current release: manifest, name, link, in this order; then the oldest beyond the limit go.

    `kept` are ids of releases that stay whatever their age.
    """
    manifest = manifest.model_copy(update={"sequence": _next(published), "files": _sizes(draft.path)})
    write_text(draft.path / MANIFEST, manifest.model_dump_json(indent=2))
    sync_tree(draft.path)
    final = published.releases / draft.id
    draft.path.rename(final)
    sync_folder(published.releases)
    make_current(published, final.name)
    prune(published, kept=kept)
    return ReleaseFolder(path=final, manifest=manifest, is_current=True)


def make_current(published: Published, release_id: str) -> None:
    """Lets `current` point to a release, in one step: whoever opens it sees the old or the new one, never none."""
    temporary = published.folder / f".current.{os.getpid()}"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(Path(published.releases.name) / release_id, target_is_directory=True)
    if published.current.is_dir() and not published.current.is_symlink():  # copied by a program that follows links
        published.current.rename(published.folder / f".current.folder.{os.getpid()}")
    temporary.replace(published.current)
    sync_folder(published.folder)
    for copy in published.folder.glob(".current.folder.*"):
        shutil.rmtree(copy)


def mend_current(published: Published) -> str | None:
    """Makes `current` a link again where it is none, or leads nowhere; returns what it then points to, else None.

    A link to a damaged release is left: a person decides what is read in its place.
    """
    current = _current_id(published)
    if current is None or _points_somewhere(published):
        return None
    make_current(published, current)
    return current


@dataclass(frozen=True)
class Damaged:
    """A release that is not what was published any more: its folder, and the first file that is damaged."""

    path: Path
    file: str


def list_releases(published: Published) -> list[ReleaseFolder]:
    """Returns all releases that are complete and whole, newest first."""
    whole = _whole(published)
    current = _current_among(published, whole)
    return [replace(release, is_current=release.id == current) for release in whole]


def _whole(published: Published) -> list[ReleaseFolder]:
    """Returns all releases that are whole, newest first, none of them called current."""
    releases = [
        ReleaseFolder(path=folder, manifest=manifest, is_current=False)
        for folder in _folders(published)
        if (manifest := _manifest(folder)) is not None and _damage(folder, manifest) is None
    ]
    return sorted(releases, key=lambda release: release.order, reverse=True)


def damaged_releases(published: Published) -> list[Damaged]:
    """Returns the releases that were published and are damaged, newest id first: they are never read from."""
    found = ((folder, _damage(folder, _manifest(folder))) for folder in _folders(published))
    return [Damaged(folder, file) for folder, file in found if file is not None]


def _folders(published: Published) -> list[Path]:
    """Returns the folders of what was published, newest id first; a build that was never finished has no manifest."""
    folders = published.releases.glob("*") if published.releases.is_dir() else []
    named = (folder for folder in folders if not folder.name.endswith(PARTIAL))
    return sorted((folder for folder in named if (folder / MANIFEST).is_file()), reverse=True)


def _damage(folder: Path, manifest: Manifest | None) -> str | None:
    """Returns the first file of a release that is gone or has another size than when it was published."""
    if manifest is None:
        return MANIFEST
    for name, size in (manifest.files or {DATABASE: -1}).items():
        try:
            found = (folder / name).stat().st_size
        except OSError:
            return name
        if size not in {found, -1}:
            return name
    return None


def _sizes(folder: Path) -> dict[str, int]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}


def _next(published: Published) -> int:
    return max((release.manifest.sequence for release in list_releases(published)), default=0) + 1


def current_release(published: Published) -> ReleaseFolder | None:
    """Returns the current release, or None before the first."""
    return next((release for release in list_releases(published) if release.is_current), None)


def require_current(published: Published) -> ReleaseFolder:
    """Returns the current release.

    Raises:
        Problem: nothing was published yet.
    """
    release = current_release(published)
    if release is None:
        raise _no_current(published)
    return release


def _anew(region: Path, whole: str | None) -> Text:
    """Returns how to come by a current release: by publishing, or by going back to one that is whole."""
    publish = f"care-transfer refresh --force --workspace {region}"
    if whole is None:
        return Text(en=f"publish anew: {publish}", nl=f"publiceer opnieuw: {publish}")
    back = f"care-transfer releases rollback {whole} --workspace {region}"
    return Text(
        en=f"publish anew: {publish}; or go back: {back}", nl=f"publiceer opnieuw: {publish}; of ga terug: {back}"
    )


def _no_current(published: Published) -> Problem:
    """Returns why there is no current release, and what to do."""
    region = published.folder.parent
    whole = next((release.id for release in list_releases(published)), None)
    action = _anew(region, whole)
    current = _current_id(published)
    damaged = next((one for one in damaged_releases(published) if one.path.name == current), None)
    if damaged is not None:
        return Problem(
            Text(
                en=f"the current release is damaged: {damaged.file} is not what was published",
                nl=f"de huidige uitgave is beschadigd: {damaged.file} is niet wat er is gepubliceerd",
            ),
            expected=Text(
                en="the files of the release as they were written",
                nl="de bestanden van de uitgave zoals ze zijn geschreven",
            ),
            action=action,
            source=str(damaged.path),
        )
    return Problem(
        Text(en=f"no release in {region}", nl=f"geen uitgave in {region}"),
        expected=Text(en="at least one published release", nl="ten minste één gepubliceerde uitgave"),
        action=Text(
            en=f"publish one: care-transfer refresh --workspace {region}",
            nl=f"publiceer er een: care-transfer refresh --workspace {region}",
        ),
    )


def find(published: Published, release_id: str) -> ReleaseFolder:
    """Returns a release by its id.

    Raises:
        Problem: there is no such release.
    """
    releases = {release.id: release for release in list_releases(published)}
    if release_id not in releases:
        known = ", ".join(releases) or "none yet"
        raise Problem(
            Text(en=f"no release {release_id!r}", nl=f"geen uitgave {release_id!r}"),
            expected=Text(en=f"one of: {known}", nl=f"een van: {known}"),
            action=Text(en="take an id of: releases list", nl="neem een id uit: releases list"),
        )
    return releases[release_id]


def rollback(published: Published, release_id: str) -> ReleaseFolder:
    """Makes an earlier release current; the newer are withdrawn: the same inputs do not publish them again unasked.

    Raises:
        Problem: there is no such release.
    """
    chosen = find(published, release_id)
    newer = {release.id for release in _whole(published) if release.order > chosen.order}
    write_text(published.folder / WITHDRAWN, json.dumps(sorted(newer | _left(published))))
    make_current(published, release_id)
    return replace(chosen, is_current=True)


def withdrawn(published: Published) -> frozenset[str]:
    """Returns the ids of the releases that were rolled back from: of those newer than the current one.

    So a rollback that was killed before it moved the link has changed nothing.
    """
    whole = _whole(published)
    current = next((one for one in whole if one.id == _current_among(published, whole)), None)
    left = _left(published)
    return frozenset(one.id for one in whole if current and one.order > current.order and one.id in left)


def _left(published: Published) -> frozenset[str]:
    """Returns the ids of the releases that were ever rolled back from; of all, where the list of them is damaged."""
    try:
        return frozenset(json.loads((published.folder / WITHDRAWN).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return frozenset()
    except (ValueError, TypeError):
        return frozenset(release.id for release in _whole(published))


def same_inputs(published: Published, *, fingerprint: str) -> ReleaseFolder | None:
    """Returns the current or the newest release if it was made of these inputs: then there is nothing to build."""
    releases = list_releases(published)
    candidates = [release for release in releases if release.is_current] + releases[:1]
    return next((release for release in candidates if release.manifest.fingerprint == fingerprint), None)


def prune(published: Published, *, kept: frozenset[str] = frozenset()) -> list[str]:
    """Removes the oldest releases beyond the region's limit, never the current one or those to be kept.

    Returns:
        The ids of those removed.
    """
    beyond = list_releases(published)[published.keep :]
    removed = [release for release in beyond if not release.is_current and release.id not in kept]
    for release in removed:
        _remove(release.path)
    return [release.id for release in removed]


def clean_leftovers(published: Published) -> list[str]:
    """Removes what a killed or refused build left behind; returns the names. Call it with the workspace's lock held."""
    leftovers = list(_leftovers(published))
    for path in leftovers:
        _remove(path)
    return [path.name for path in leftovers]


def _leftovers(published: Published) -> Iterator[Path]:
    """Yields folders without a manifest or under a temporary name, and temporary links."""
    for folder in published.releases.glob("*"):
        if folder.name.endswith(PARTIAL) or not (folder / MANIFEST).is_file():
            yield folder
    yield from published.folder.glob(".current.*")
    yield from published.folder.glob("*.tmp")


def _remove(path: Path) -> None:
    """Removes a file, a link, or a folder; a folder first loses its name: nobody takes half of it for a release."""
    if path.is_symlink() or not path.is_dir():
        path.unlink()
        return
    if not path.name.endswith(PARTIAL):
        path = path.rename(path.with_name(f"{path.name}{PARTIAL}"))
    shutil.rmtree(path)


def _current_id(published: Published) -> str | None:
    return _current_among(published, _whole(published))


def _current_among(published: Published, whole: list[ReleaseFolder]) -> str | None:
    """Returns the id of the current release.

    It is what the link points to; of a folder in its place, the release that it is a copy of; where neither says it,
    the newest that is whole and was not rolled back from.
    """
    if _points_somewhere(published):
        return published.current.readlink().name
    copied = _manifest(published.current)
    known = [release.id for release in whole]
    if copied is not None and copied.id in known:
        return copied.id
    left = _left(published)
    return next((name for name in known if name not in left), next(iter(known), None))


def _points_somewhere(published: Published) -> bool:
    """Returns whether `current` is a link to a release that is there, whole or not."""
    target = published.current
    inside = target.is_symlink() and target.resolve().parent == published.releases.resolve()
    return inside and (target / MANIFEST).is_file()


def _manifest(folder: Path) -> Manifest | None:
    """Returns a release's manifest, or None for a folder that is no release."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValidationError:
        return None
