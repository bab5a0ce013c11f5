"""Audit packs: gathered from the histories and the state bucket, and checked.

A pack is a zip whose manifest names each file's SHA-256. The same state gives the same
bytes: files in the order of their names, stored as they are, with one fixed date.
"""

import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio.client import Client

from activities.records.run_records import record_of
from app.advice import Action
from app.connections import Connections
from app.errors import InvalidRequestError
from app.posts.directory import edition_of, key_prefix, keys_meant
from galley.budget.ceilings import campaign_folder
from galley.clients.storage import ObjectStore
from galley.clients.team_file import TeamError, read_team
from galley.models.account import ReceiptKind
from galley.models.draft import Provenance
from galley.models.notification import Notification
from galley.models.publishing import PostRequest
from galley.models.records import RunRecord
from galley.models.review import ApprovedProof
from galley.models.team import Team
from galley.publishing.request import proof_sent
from galley.records.run_records import records_of, story_of
from galley.review.signatures import why_not_released
from workflows import ids

MANIFEST = "manifest.json"
_SEAL = "sha256"
"""Of the manifest itself, without this field."""
_FORMAT = 1
_DATE = (1980, 1, 1, 0, 0, 0)
_MOST_BYTES = 500_000_000
"""That are read of a pack somebody gives."""
_INPUTS = {"sources", "personas", "lessons", "briefs"}
"""Rooms of the state bucket in which what a campaign was made from is kept."""
_OPEN = "Some runs have not ended: a later export will say more."


@dataclass(frozen=True)
class AuditPack:
    """All that is known of a campaign.

    Attributes:
        key: The campaign's key.
        data: The bytes of the zip.
        gaps: What is missing in it, in sentences.
    """

    key: str
    data: bytes
    gaps: list[str]

    @property
    def campaign_id(self) -> str:
        """The ID of the campaign."""
        return ids.campaign_id(self.key)


async def export_campaign(connections: Connections, name: str) -> AuditPack:
    """Return the audit pack of the campaign that ``name`` begins.

    Raises:
        InvalidRequestError: No campaign has that name, or more than one.
    """
    if not name:
        raise InvalidRequestError("Name a campaign.", Action.LIST_POSTS)
    prefix = key_prefix(name)
    async with connections.progress.waiting("reading histories and the state bucket"):
        return await pack_campaign(await connections.temporal(), connections.state, prefix)


def check_pack(path: Path, team_file: Path | None = None) -> list[str]:
    """Return what is wrong with a pack, in sentences; none if it proves itself.

    Args:
        path: The pack.
        team_file: The people who may approve: each signature is verified with their keys.

    Raises:
        InvalidRequestError: A file cannot be read.
    """
    try:
        team = read_team(team_file) if team_file else None
        return faults_of(path.read_bytes(), team)
    except TeamError as error:
        raise InvalidRequestError(str(error)) from None
    except OSError as error:
        raise InvalidRequestError(f"{path} cannot be read: {error.strerror}.") from None


async def pack_campaign(client: Client, state: ObjectStore, prefix: str) -> AuditPack:
    """Return the pack of the one campaign whose key begins so.

    Raises:
        InvalidRequestError: There is none, or more than one.
    """
    key, _ = edition_of(prefix)
    records = await _records(client, state, key)
    claims = await _claimed(state, key)
    key = _the_key(prefix, [*(one.workflow_id for one in records), *claims])
    files, gaps = await _files(state, key, records)
    return AuditPack(key, packed(ids.campaign_id(key), files, gaps), gaps)


async def _records(client: Client, state: ObjectStore, prefix: str) -> list[RunRecord]:
    """Return the records of campaigns whose keys begin so.

    What is kept in the bucket wins over the history: it was written first.
    """
    kept = [
        RunRecord.model_validate_json(await state.get(name) or b"")
        for name in await state.names(records_of(prefix).rstrip("/"))
    ]
    # Longer texts and clips are kept for erasures; a pack tells of what went out.
    kept = [one for one in kept if one.workflow_id.startswith(("campaign:", "post:"))]
    known = {one.run_id for one in kept}
    found = f'WorkflowId STARTS_WITH "campaign:{prefix}"'
    posts = f'WorkflowId STARTS_WITH "post:{prefix}"'
    runs = [one async for one in client.list_workflows(f"{found} OR {posts}")]
    kept += [await record_of(client, one) for one in runs if one.run_id not in known]
    return sorted(kept, key=lambda one: (one.workflow_id, one.started_at, one.run_id))


def _the_key(prefix: str, named: list[str]) -> str:
    keys = sorted(keys_meant(prefix, {one.split(":")[1] for one in named}))
    if not keys:
        raise InvalidRequestError(
            f"Neither Temporal nor the state bucket knows a campaign {prefix!r}.", Action.LIST_POSTS
        )
    if len(keys) > 1:
        raise InvalidRequestError(
            f"{prefix!r} is the start of {len(keys)} campaigns: {', '.join(keys[:5])}."
        )
    return keys[0]


async def _files(
    state: ObjectStore, key: str, records: list[RunRecord]
) -> tuple[dict[str, bytes], list[str]]:
    """Return the files of the pack, and what is missing, in sentences."""
    mine = [one for one in records if one.workflow_id.split(":")[1] == key]
    files = dict[str, bytes]()
    campaign = [one for one in mine if one.workflow_id == ids.campaign_id(key)]
    files["campaign.json"] = _dumped(campaign)
    claimed = await _claimed(state, f"{key}:")
    posts = {one.workflow_id for one in mine} - {ids.campaign_id(key)}
    for post in sorted(posts | claimed):
        runs = [one for one in mine if one.workflow_id == post]
        files |= await _post_files(state, post, runs)
    files |= await _inputs(state, mine)
    for name in await state.names(f"sets/{key}/"):
        if held := await state.get(name):
            files[f"sets/{name.rpartition('/')[2]}"] = held
    files["costs.json"] = as_bytes(list(await state.names(campaign_folder(key))))
    files["told.json"] = as_bytes(await _told(state, key))
    return files, _gaps(campaign, mine, claimed - posts)


async def _post_files(state: ObjectStore, post: str, runs: list[RunRecord]) -> dict[str, bytes]:
    channel = post.rpartition(":")[2]
    folder = f"posts/{channel}"
    files = {f"{folder}/runs.json": _dumped(runs), f"{folder}/story.json": as_bytes(story_of(runs))}
    bare = post.removeprefix("post:")
    if claim := await state.get(f"claims/{bare}.json"):
        files[f"{folder}/claim.json"] = claim
    for name in await state.names(f"receipts/{bare}."):
        if held := await state.get(name):
            rest = name.removeprefix(f"receipts/{bare}.")
            files[f"{folder}/receipt.{rest}"] = held
    return files


async def _inputs(state: ObjectStore, records: list[RunRecord]) -> dict[str, bytes]:
    """Return the source, the persona and the lessons, by the hashes that runs name."""
    text = " ".join(one.model_dump_json() for one in records)
    files = dict[str, bytes]()
    for digest in sorted(set(_digests(text))):
        for room in sorted(_INPUTS):
            if held := await state.get(f"{room}/{digest}.json"):
                files[f"{room}/{digest}.json"] = held
    return files


def _digests(text: str) -> list[str]:
    return re.findall(r'"sha256":"([0-9a-f]{64})"', text)


async def _told(state: ObjectStore, key: str) -> list[object]:
    told = list[object]()
    for name in await state.names("notifications/messages/"):
        message = Notification.model_validate_json(await state.get(name) or b"")
        named = [*message.campaigns, *(one.workflow_id for one in message.items)]
        if any(one.split(":")[1:2] == [key] for one in named):
            told.append(message.model_dump(mode="json"))
    return told


async def _claimed(state: ObjectStore, prefix: str) -> set[str]:
    """Return the posts that used their keys, whether or not their runs are known."""
    names = await state.names(f"claims/{prefix}")
    return {f"post:{n.removeprefix('claims/').removesuffix('.json')}" for n in names}


def _gaps(campaign: list[RunRecord], records: list[RunRecord], lost: set[str]) -> list[str]:
    gaps = list[str]()
    if not campaign:
        gaps.append("No record of the campaign itself is left.")
    if any(one.ended_at is None for one in records):
        gaps.append(_OPEN)
    erased = {
        (one.workflow_id, one.erased.at, one.erased.by) for one in records if one.erased is not None
    }
    gaps += [f"{run} was erased on {at:%Y-%m-%d} by {by}." for run, at, by in sorted(erased)]
    gaps += [
        f"{post} used its key, and no record of its run is left: its claim and receipt "
        "are all that is known."
        for post in sorted(lost)
    ]
    return gaps


def _dumped(records: list[RunRecord]) -> bytes:
    return as_bytes([one.model_dump(mode="json") for one in records])


# The zip


def packed(campaign_id: str, files: Mapping[str, bytes], gaps: list[str]) -> bytes:
    """Return the pack.

    Args:
        campaign_id: What it is about.
        files: By their names in it.
        gaps: What is missing, in sentences.
    """
    manifest = {
        "format": _FORMAT,
        "campaign": campaign_id,
        "gaps": gaps,
        "files": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            for name, data in sorted(files.items())
        },
    }
    sealed = {**manifest, _SEAL: hashlib.sha256(as_bytes(manifest)).hexdigest()}
    whole = {**files, MANIFEST: as_bytes(sealed)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as pack:
        for name in sorted(whole):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            pack.writestr(entry, whole[name])
    return out.getvalue()


def as_bytes(value: Any) -> bytes:  # noqa: ANN401 -- any JSON value
    """Return JSON in the one way it is written into packs."""
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
    return f"{text}\n".encode()


def faults_of(data: bytes, team: Team | None = None) -> list[str]:
    """Return what is wrong with a pack, in sentences; none if it proves itself.

    Whoever made it may have put anything into it.
    """
    try:
        return _faults(data, team)
    except (zlib.error, ValueError, TypeError, AttributeError, RuntimeError):
        return ["It is no audit pack of ours: a file in it cannot be read."]


def _faults(data: bytes, team: Team | None) -> list[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as pack:
            if sum(entry.file_size for entry in pack.infolist()) > _MOST_BYTES:
                return ["It is larger than any pack of ours."]
            files = {entry.filename: pack.read(entry) for entry in pack.infolist()}
        manifest = json.loads(files.pop(MANIFEST))
        named = dict(manifest["files"])
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError):
        return ["It is not an audit pack: it has no manifest that can be read."]
    if manifest.get("format") != _FORMAT:
        return [f"It has the format {manifest.get('format')}; this reads {_FORMAT}."]
    faults = [*_altered(files, named), *_unproven(files), *_unapproved(files, team)]
    if not faults and packed(manifest.get("campaign"), files, manifest.get("gaps")) != data:
        # Such as the manifest, the places of files in the zip, or bytes between them.
        faults.append("It is not byte for byte as Galley writes it: something was altered.")
    return faults


def _altered(files: Mapping[str, bytes], named: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted({*files, *named}):
        if name not in files:
            yield f"{name} is missing."
        elif name not in named:
            yield f"{name} does not belong to it."
        elif hashlib.sha256(files[name]).hexdigest() != named[name].get("sha256"):
            yield f"{name} was altered."


_CREATED = f".{ReceiptKind.CREATED}.json"


def _unproven(files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield where claim or receipt do not name the bytes that were handed over."""
    for name in sorted(files):
        folder, _, file = name.rpartition("/")
        if file != "story.json":
            continue
        sent = {one.get("digest") for one in json.loads(files[name]).get("sent", [])}
        proofs = [
            one
            for one in files
            if one == f"{folder}/claim.json"
            or (one.startswith(f"{folder}/receipt.") and one.endswith(_CREATED))
        ]
        for proof in proofs:
            digest = json.loads(files[proof]).get("digest")
            if digest and sent and digest not in sent:
                yield f"{proof} is about other content than was handed over."


def _unapproved(files: Mapping[str, bytes], team: Team | None) -> Iterator[str]:
    """Yield what was handed over and is not what was approved, or not by whom it may be."""
    for name in sorted(files):
        if name.rpartition("/")[2] != "story.json":
            continue
        story = json.loads(files[name])
        post = str(story.get("workflow_id", ""))
        for one in (*story.get("sent", []), *story.get("changed", [])):
            why = _why_unapproved(post, one, team)
            if why:
                yield f"{post}: {why}"


def _why_unapproved(post: str, handed: Mapping[str, Any], team: Team | None) -> str:
    approval = handed.get("approval")
    if approval is None and team is None:
        return ""
    request = PostRequest.model_validate(handed["request"])
    found = ApprovedProof.model_validate(approval) if approval else None
    by = handed.get("provenance")
    proof = proof_sent(request, found, Provenance.model_validate(by) if by else None)
    if found is not None and proof.digest != found.digest:
        return f"what was handed over is not the proof {found.digest[:12]} that was approved."
    refusal = why_not_released(team, post, proof, found) if team else None
    return refusal.message if refusal else ""
