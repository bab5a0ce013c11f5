"""The corpus of hostile sources is large, and each of its kinds has a reader."""

from collections import Counter

from bench.hostile import READERS
from bench.hostile_inputs import every_input


def test_the_corpus_holds_two_thousand_inputs_of_every_kind() -> None:
    kinds = Counter(hostile.kind for hostile in every_input())

    assert kinds.total() >= 2_000
    assert {*kinds} == {*READERS}
