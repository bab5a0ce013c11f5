"""A store of the S3 protocol: Amazon's, Cloudflare R2, Supabase, and many others."""

import asyncio
import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import quote

from galley.clients.storage import (
    CHUNK,
    FRESH,
    Copied,
    ObjectStore,
    StoreConflictError,
    StoreDeniedError,
    StoredObject,
)
from galley.clients.stores.s3_client import Body, Client, code_of, status_of, translated

_T = TypeVar("_T")
_TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


class S3Store(ObjectStore):
    """One bucket of the S3 protocol. Every call runs in a thread."""

    def __init__(self, client: Client, bucket: str, public_base_url: str) -> None:
        self.client = client
        self._public_base = public_base_url.rstrip("/")
        self.name = bucket
        self.fresh = FRESH

    async def put_if_absent(
        self, name: str, data: bytes, mime: str, *, cache_control: str = "", same: bool = False
    ) -> bool:
        def put() -> bool:
            if self._put(name, data, mime, cache_control=cache_control, version=""):
                return True
            if same:
                there = self._require_same(name, data)
                self._freshen(name, there, mime, cache_control)
            return False

        return await self._run(put)

    async def get(self, name: str) -> bytes | None:
        return (await self.read_versioned(name))[0]

    async def put_file(self, name: str, file: Path, mime: str) -> None:
        def put() -> None:
            if self.head(name) is not None:
                return
            with file.open("rb") as content:
                self.client.put_object(Bucket=self.name, Key=name, Body=content, ContentType=mime)

        await self._run(put)

    async def get_file(self, name: str, file: Path, most: int) -> bool:
        def get() -> bool:
            found = self._get(name)
            if found is None:
                return False
            body = cast("Body", found["Body"])
            try:
                if found["ContentLength"] > most:
                    raise StoreDeniedError(
                        f"{self.name}/{name} is larger than {most // 1_000_000} MB."
                    )
                with file.open("wb") as into:
                    while part := body.read(CHUNK):
                        into.write(part)
            finally:
                body.close()
            return True

        return await self._run(get)

    async def read_versioned(self, name: str) -> tuple[bytes | None, str]:
        def read() -> tuple[bytes | None, str]:
            found = self._get(name)
            if found is None:
                return None, ""
            return cast("Body", found["Body"]).read(), str(found["ETag"])

        return await self._run(read)

    async def replace(self, name: str, data: bytes, mime: str, version: str) -> bool:
        return await self._run(lambda: self._put(name, data, mime, version=version))

    async def copy_from(
        self, source: ObjectStore, name: str, to: str, mime: str, cache_control: str
    ) -> Copied:
        if not isinstance(source, S3Store) or source.client is not self.client:
            return Copied.APART
        return await self._run(lambda: self._copy(source, name, to, mime, cache_control))

    async def names(self, prefix: str) -> tuple[str, ...]:
        return tuple(stored.name for stored in await self.listing(prefix))

    async def listing(self, prefix: str) -> tuple[StoredObject, ...]:
        def listing() -> tuple[StoredObject, ...]:
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.name, Prefix=prefix
            )
            found = [_stored(one) for page in pages for one in page.get("Contents", ())]
            return tuple(sorted(found, key=lambda stored: stored.name))

        return await self._run(listing)

    async def exists(self, name: str) -> bool:
        return await self._run(lambda: self.head(name) is not None)

    async def delete(self, name: str) -> None:
        await self._run(lambda: self.client.delete_object(Bucket=self.name, Key=name))

    async def delete_unchanged(self, stored: StoredObject) -> bool:
        def delete() -> bool:
            # Not every store of this protocol honours the conditions of a deletion.
            found = self.head(stored.name)
            if found is None or _version(found) != stored.version:
                return False
            self.client.delete_object(Bucket=self.name, Key=stored.name)
            return True

        return await self._run(delete)

    async def ensure_bucket(self) -> None:
        def ensure() -> None:
            try:
                self.client.head_bucket(Bucket=self.name)
            except self._refusals() as error:
                if status_of(error) != HTTPStatus.NOT_FOUND:
                    raise
                self.client.create_bucket(Bucket=self.name)

        await self._run(ensure)

    def public_url(self, name: str) -> str:
        return f"{self._public_base}/{quote(name, safe='/~')}"

    def _put(
        self, name: str, data: bytes, mime: str, *, version: str, cache_control: str = ""
    ) -> bool:
        """Write it if it has this version (empty: if it is not there)."""
        asked: dict[str, object] = {"IfMatch": version} if version else {}
        if cache_control:
            asked["CacheControl"] = cache_control
        try:
            self.client.put_object(
                Bucket=self.name,
                Key=name,
                Body=data,
                ContentType=mime,
                ContentMD5=base64.b64encode(_md5(data)).decode(),
                **({} if version else {"IfNoneMatch": "*"}),
                **asked,
            )
        except self._refusals() as error:
            # With If-Match one that was deleted meanwhile is not found.
            gone = version and code_of(error) == "NoSuchKey"
            if code_of(error) not in _TAKEN and not gone:
                raise
            if version or self.head(name) is not None:
                return False
            raise  # Two began at once and neither is there yet: later.
        return True

    def _get(self, name: str) -> dict[str, Any] | None:
        try:
            return self.client.get_object(Bucket=self.name, Key=name)
        except self._refusals() as error:
            if code_of(error) != "NoSuchKey":
                raise
            return None

    def head(self, name: str) -> dict[str, Any] | None:
        """Return what the store says of an object, without its bytes; blocking."""
        try:
            return self.client.head_object(Bucket=self.name, Key=name)
        except self._refusals() as error:
            if status_of(error) != HTTPStatus.NOT_FOUND:
                raise
            return None

    def _copy(self, source: "S3Store", name: str, to: str, mime: str, cache_control: str) -> Copied:
        there = self.head(to)
        if there is not None:
            original = source.head(name)
            if original is not None and _differ(original, there):
                raise self._conflict(to)
            self._freshen(to, there, mime, cache_control)
            return Copied.THERE
        try:
            self._copy_here(source.name, name, to, mime, cache_control)
        except self._refusals() as error:
            if code_of(error) != "NoSuchKey":
                raise
            return Copied.MISSING
        return Copied.DONE

    def _copy_here(self, bucket: str, name: str, to: str, mime: str, cache_control: str) -> None:
        self.client.copy_object(
            Bucket=self.name,
            Key=to,
            CopySource={"Bucket": bucket, "Key": name},
            MetadataDirective="REPLACE",
            ContentType=mime,
            CacheControl=cache_control,
        )

    def _freshen(self, name: str, found: dict[str, Any], mime: str, cache_control: str) -> None:
        """Touch an old object, so that it counts as put just now."""
        if datetime.now(UTC) - found["LastModified"] > self.fresh:
            self._copy_here(self.name, name, name, mime, cache_control)

    def _require_same(self, name: str, data: bytes) -> dict[str, Any]:
        """Compare with what is there: by its MD5, or its bytes where that is hidden.

        Returns:
            What the store says of it.
        """
        found = self.head(name)
        if found is not None and found["ContentLength"] == len(data):
            if _md5_of(found) == _md5(data).hex():
                return found
            held = self._get(name)
            if held is not None and cast("Body", held["Body"]).read() == data:
                return found
        raise self._conflict(name)

    def _conflict(self, name: str) -> StoreConflictError:
        return StoreConflictError(
            f"{self.name}/{name} holds other bytes than expected: delete it if it "
            "is not yours, then try again."
        )

    def _refusals(self) -> type[Exception]:
        from botocore.exceptions import ClientError

        return ClientError

    async def _run(self, call: Callable[[], _T]) -> _T:
        from botocore.exceptions import BotoCoreError, ClientError
        from urllib3.exceptions import HTTPError

        try:
            return await asyncio.to_thread(call)
        except (BotoCoreError, ClientError, HTTPError) as error:
            raise translated(error, self.name) from error


def _stored(listed: dict[str, Any]) -> StoredObject:
    return StoredObject(
        name=listed["Key"],
        size=listed["Size"],
        updated_at=listed["LastModified"],
        version=_version(listed),
    )


def _version(described: dict[str, Any]) -> str:
    # A listing gives fractions of a second, a header does not.
    written_at = described["LastModified"].replace(microsecond=0)
    return f"{described['ETag']} {written_at.isoformat()}"


def _differ(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether they surely hold other bytes; a store may hide its checksums."""
    if one["ContentLength"] != other["ContentLength"]:
        return True
    etags = [_md5_of(found) for found in (one, other)]
    return None not in etags and etags[0] != etags[1]


def _md5_of(described: dict[str, Any]) -> str | None:
    """Return the MD5 of an object, unless its tag is something else."""
    tag = str(described["ETag"]).strip('"')
    is_hidden = "-" in tag or "kms" in described.get("ServerSideEncryption", "")
    return None if is_hidden else tag


def _md5(data: bytes) -> bytes:
    """Return the only checksum that every store of this protocol knows."""
    return hashlib.md5(data, usedforsecurity=False).digest()
