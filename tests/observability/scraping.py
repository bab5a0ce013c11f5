"""What a worker exports, read as Prometheus reads it."""

import re
from collections import defaultdict
from pathlib import Path

import httpx

from tests.loopback import NO_AUTHORITIES

ROOT = Path(__file__).parents[2]
RULES = ROOT / "docs" / "observability" / "galley.rules.yml"
DASHBOARD = ROOT / "docs" / "observability" / "galley.dashboard.json"
_SAMPLE = re.compile(r"^(?P<name>\w+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_USED = re.compile(r"\b(?:galley|temporal)_[a-z0-9_]+")
Scrape = dict[str, list[tuple[dict[str, str], float]]]


def scraped(text: str) -> Scrape:
    """Return the samples of a scrape by name, each with its labels."""
    found: Scrape = defaultdict(list)
    for one in _SAMPLE.finditer(text):
        labels = dict(_LABEL.findall(one["labels"] or ""))
        found[one["name"]].append((labels, float(one["value"])))
    return found


async def scrape(port: int) -> str:
    """Return what is served on a port."""
    async with httpx.AsyncClient(verify=NO_AUTHORITIES, trust_env=False, timeout=10) as client:
        answer = await client.get(f"http://127.0.0.1:{port}/metrics")
    return answer.raise_for_status().text


def total(samples: Scrape, name: str, **labels: str) -> float:
    """Return the sum of all samples with these labels."""
    wanted = labels.items()
    return sum(value for had, value in samples[name] if wanted <= had.items())


def metrics_in(expression: str) -> set[str]:
    """Return the metrics that an expression of Prometheus reads."""
    return set(_USED.findall(expression))
