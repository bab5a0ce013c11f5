"""What Galley is made of is known, locked by hash, and free to use."""

import hashlib
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).parents[2]
FREE = (
    *("MIT", "BSD", "Apache", "ISC", "PSF", "Python Software Foundation", "Unlicense"),
    *("MPL", "Mozilla", "HPND", "CMU", "Zlib", "0BSD", "LGPL", "Artistic", "OFL"),
)
"""Words of licences that let Galley be used, changed and passed on under its own."""


@cache
def packages() -> list[dict[str, Any]]:
    """Return what is locked."""
    lock: dict[str, Any] = tomllib.loads((ROOT / "uv.lock").read_text())
    return lock["package"]


def make(target: str, **env: str) -> subprocess.CompletedProcess[str]:
    # Under `make test` the make above would have this one say where it works.
    own = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    return subprocess.run(  # noqa: S603 - our own Makefile
        ["/usr/bin/env", "make", "--assume-old=.venv/.ready", target],
        cwd=ROOT,
        env={**own, **env},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )


def test_every_locked_file_comes_from_pypi_and_has_a_hash() -> None:
    files = [
        file
        for package in packages()
        for file in (*package.get("wheels", ()), package.get("sdist"))
        if file
    ]

    assert len(packages()) > 100
    assert len(files) > 1_000
    assert {file["hash"].partition(":")[0] for file in files} == {"sha256"}
    assert {urlsplit(str(file["url"])).netloc for file in files} == {"files.pythonhosted.org"}


def test_every_locked_package_comes_from_the_public_index() -> None:
    sources = [package["source"] for package in packages()]

    assert sources.count({"editable": "."}) == 1
    assert [
        source
        for source in sources
        if source not in ({"editable": "."}, {"registry": "https://pypi.org/simple"})
    ] == []


SKOPEO = """#!/bin/sh
printf '{"image": "%s"}' "$3"
"""
"""Answers as a registry: with another manifest for each image."""


def test_images_are_pinned_to_the_hash_of_what_a_registry_has(tmp_path: Path) -> None:
    def pin(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own script
            [sys.executable, ROOT / "deploy" / "pin_images.py", *arguments],
            cwd=tmp_path,
            env={"PATH": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    files = [ROOT / "Dockerfile", *ROOT.glob("docker-compose*.yml")]
    for file in files:
        shutil.copy(file, tmp_path)
    loose, unasked = pin("--check"), pin()
    assert (loose.returncode, unasked.returncode) == (1, 1)
    assert "not pinned: Dockerfile: python:3.13-slim-trixie" in loose.stdout
    assert "galley:" not in loose.stdout
    assert "Install skopeo" in unasked.stderr
    assert all((tmp_path / file.name).read_bytes() == file.read_bytes() for file in files)

    (tmp_path / "skopeo").write_text(SKOPEO.replace("#!/bin/sh", f"#!{shutil.which('sh')}"))
    (tmp_path / "skopeo").chmod(0o700)
    done = pin()

    manifest = b'{"image": "docker://postgres:17"}'
    pinned = f"postgres:${{POSTGRES_VERSION:-17@sha256:{hashlib.sha256(manifest).hexdigest()}}}"
    assert done.returncode == 0
    assert f"image: {pinned}\n" in (tmp_path / "docker-compose.cluster.yml").read_text()
    assert (pin("--check").returncode, pin().stdout) == (0, done.stdout)


@pytest.fixture(name="bill", scope="module")
def _bill() -> str:
    done = make("sbom")
    assert done.returncode == 0, done.stderr
    return (ROOT / done.stdout.strip()).read_text()


def test_the_bill_of_materials_is_what_its_schema_says(bill: str) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(bill) is None


def test_the_bill_of_materials_names_what_is_locked_and_no_tool(bill: str) -> None:
    listed = {one["name"]: one["version"] for one in json.loads(bill)["components"]}
    locked = {one["name"]: one.get("version") for one in packages()}

    assert {"temporalio", "httpx", "anthropic", "pydantic"} <= set(listed)
    assert "pytest" not in listed
    assert {name: locked.get(name) for name in listed} == listed


def licence_of(name: str) -> str | None:
    """Return what an installed package says of its licence; ``None``: not here."""
    try:
        about = importlib.metadata.metadata(name).json
    except importlib.metadata.PackageNotFoundError:
        return None
    classified = [one for one in about.get("classifier", []) if "License" in one]
    said = (about.get("license_expression"), *classified, about.get("license"))
    return " ".join(str(one) for one in said if one)[:300] or "unknown"


def test_all_that_is_shipped_with_galley_is_free_to_use(bill: str) -> None:
    names = [one["name"] for one in json.loads(bill)["components"]]
    found = {name: licence_of(name) for name in names}
    odd = {
        name: said
        for name, said in found.items()
        if said and not any(word in said for word in FREE)
    }

    assert sum(said is not None for said in found.values()) > 80
    assert odd == {}


def test_an_audit_that_could_not_ask_says_so_and_is_no_pass() -> None:
    nowhere = "http://127.0.0.1:1"
    done = make("audit", HTTPS_PROXY=nowhere, https_proxy=nowhere, NO_PROXY="")

    assert done.returncode != 0
    assert "not audited" in done.stderr
    assert "No known vulnerabilities found" not in done.stdout + done.stderr
