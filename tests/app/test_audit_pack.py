"""A pack proves itself, and holds no secret."""

import io
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from activities.records.run_records import scrubbed
from app.records.audit_pack import MANIFEST, as_bytes, faults_of, packed
from galley.models.account import PublishJob
from galley.publishing.request import approval_of, proof_sent, request_for
from galley.records.run_records import campaign_key, record_name, records_of
from observability.logs import Redaction
from tests.review.test_signatures import HONEST, NOW, PROOF, TEAM

FILES = {"b/story.json": b'{"sent": []}\n', "a.json": b"[1]\n"}
PACK = packed("campaign:aa", FILES, [])


def changed(**changes: bytes | None) -> bytes:
    """Return the pack with other files in it; ``None`` takes one out."""
    with zipfile.ZipFile(io.BytesIO(PACK)) as pack:
        files = {name: pack.read(name) for name in pack.namelist()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as pack:
        for name, data in {**files, **changes}.items():
            if data is not None:
                pack.writestr(name, data)
    return out.getvalue()


def test_the_same_files_give_the_same_bytes_in_whatever_order() -> None:
    other = dict(reversed(FILES.items()))

    assert packed("campaign:aa", other, []) == PACK
    assert faults_of(PACK) == []


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("a.json", b"[2]\n", "a.json was altered."),
        ("a.json", None, "a.json is missing."),
        ("more.json", b"", "more.json does not belong to it."),
        (MANIFEST, None, "no manifest"),
        (MANIFEST, b"{}", "no manifest"),
        (MANIFEST, as_bytes({"format": 9, "files": {}}), "format 9"),
    ],
)
def test_what_was_done_to_a_pack_is_found(name: str, data: bytes | None, fault: str) -> None:
    assert fault in " ".join(faults_of(changed(**{name: data})))


@pytest.mark.parametrize(
    "named",
    [
        {"b/story.json": b"[1]"},
        {"b/story.json": b'{"sent": [1]}'},
        {"b/story.json": b"[" * 200_000},
        {"b/story.json": b"\xff"},
        {MANIFEST: b'{"format": 1, "files": {"a.json": 1}}'},
        {MANIFEST: b'{"format": 1, "files": [[1, 2], [3, 4]]}'},
        {MANIFEST: b'[{"files": {}}]'},
    ],
    ids=lambda named: str(named)[:40],
)
def test_whatever_stands_in_a_pack_is_a_fault_and_no_accident(named: dict[str, bytes]) -> None:
    assert faults_of(changed(**named))


def test_a_pack_whose_bytes_are_no_archive_inside_is_a_fault() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr(MANIFEST, b"{}" * 500)
    data = bytearray(out.getvalue())
    at = data.index(MANIFEST.encode()) + len(MANIFEST)
    data[at : at + 6] = b"\xff" * 6

    assert faults_of(bytes(data))


def test_what_is_no_zip_is_no_pack() -> None:
    assert "not an audit pack" in faults_of(b"hello")[0]


def test_a_claim_of_other_content_than_was_handed_over_is_found() -> None:
    story = as_bytes({"sent": [{"digest": "one"}]})
    for proof, is_right in (("one", True), ("other", False)):
        claim = json.dumps({"digest": proof}).encode()
        files = {"posts/c/story.json": story, "posts/c/claim.json": claim}
        assert (faults_of(packed("campaign:aa", files, [])) == []) is is_right


@pytest.mark.parametrize(
    "secret",
    [
        "sk-ant-api03-" + "a" * 20,
        "r8_" + "a1" * 12,
        "whsec_" + "QUJD" * 8,
        "Bearer " + "x" * 24,
        "https://replicate.delivery/pbxt/abc/out.png",
        "https://a.replicate.delivery/x.png",
        "https://kim:pass@example.com/hook",
        "https://storage.example.com/o?X-Goog-Signature=abc",
        "https://hooks.slack.com/services/T/B/x",
    ],
)
def test_secrets_and_addresses_of_providers_are_taken_out(secret: str) -> None:
    value: JsonValue = {"a": [f"before {secret} after", 1, None], "b": {"c": secret}}

    said = json.dumps(scrubbed(value))

    assert secret not in said
    assert "before [taken out]" in said


SHAPES = [
    "sk-ant-api03-" + "a1" * 10,
    "sk_live_" + "a1" * 10,
    "r8_" + "a1" * 12,
    "xoxb-" + "12345678-abc",
    "ghp_" + "a1" * 10,
    "whsec_" + "QUJD" * 8,
    "AKIA" + "ABCD" * 4,
    "AIza" + "a1" * 16,
    "eyJ" + "hbGciOi.eyJzdWIi.c2ln",
    "-----BEGIN RSA PRIVATE " + "KEY-----",
]


@pytest.mark.parametrize("token", SHAPES, ids=[one[:6] for one in SHAPES])
def test_what_looks_like_a_token_stands_in_no_record_and_in_no_log(token: str) -> None:
    said = f"It said: {token}, and ended."

    assert scrubbed(said) == "It said: [taken out], and ended."
    assert Redaction([]).text(said) == "It said: [redacted], and ended."


@pytest.mark.parametrize(
    "words",
    [
        "Tips for sk-learn-and-its-friends and pk-fire-the-old-game.",
        "A basic introduction to bearer bonds.",
    ],
)
def test_words_that_only_begin_like_a_token_stay_in_a_record(words: str) -> None:
    assert scrubbed(words) == words


def test_an_ordinary_address_stays() -> None:
    said = "https://example.com/article?id=3 and https://media.example.com/media/a.png"

    assert scrubbed(said) == said


@pytest.mark.parametrize(
    ("run", "key"),
    [
        ("campaign:3f2a", "3f2a"),
        ("post:3f2a-2:66b1", "3f2a-2"),
        ("piece:3f2a-blog", "3f2a"),
        ("piece:3f2a-2-script", "3f2a-2"),
        ("clips:3f2a", "3f2a"),
    ],
)
def test_a_record_stands_with_those_of_its_campaign(run: str, key: str) -> None:
    assert campaign_key(run) == key
    assert record_name(run, "r").startswith(records_of(key))


def test_names_of_records_leave_their_folder_for_nothing() -> None:
    name = record_name("post:../..:c/../d", "run")

    assert name == "audit/.._../post.c_.._d.run.json"
    assert record_name("campaign:aa", "r").startswith(records_of("aa"))


def test_what_is_said_fifty_thousand_times_is_read_once() -> None:
    said = ("sk-", "eyJ-", "https://?", "https://a", "a-", "key-", "token-", "x-amz-")
    words = " ".join(one * 50_000 for one in said)

    # Read anew from each place, it would take minutes, and the whole worker with it.
    assert scrubbed(words) == words
    assert Redaction(()).text(words) == words


# Who approved what

JOB = PublishJob(
    job_id="k:c",
    owner="post:k:c/1",
    reply_to="post:k:c",
    claimed_at=NOW,
    request=request_for(PROOF, (), NOW),
    approval=approval_of(PROOF, (HONEST,)),
)


def approved_pack(**changes: object) -> bytes:
    """Return a pack that proves itself, of a post that was sent so."""
    sent = {
        "request": JOB.request.model_dump(mode="json"),
        "approval": JOB.approval.model_dump(mode="json") if JOB.approval else None,
        "provenance": None,
        **changes,
    }
    story = {"workflow_id": "post:k:c", "sent": [sent], "changed": []}
    return packed("campaign:k", {"posts/c/story.json": as_bytes(story)}, [])


def test_a_pack_proves_offline_who_approved_what_was_sent() -> None:
    assert faults_of(approved_pack()) == []
    assert faults_of(approved_pack(), TEAM) == []


def test_a_pack_whose_maker_changed_one_letter_fails_although_its_manifest_fits() -> None:
    request = JOB.request.model_copy(update={"text": "hellp"}).model_dump(mode="json")
    other = JOB.request.model_copy(update={"text": "hellp"})
    proof = proof_sent(other, JOB.approval, None)
    forged = approval_of(proof, (HONEST.model_copy(update={"digest": proof.digest}),))
    unsigned = approval_of(PROOF, (HONEST.model_copy(update={"signature": ""}),))

    assert "is not the proof" in faults_of(approved_pack(request=request))[0]
    again = approved_pack(request=request, approval=forged.model_dump(mode="json"))
    assert "signature" in faults_of(again, TEAM)[0]
    bare = approved_pack(approval=unsigned.model_dump(mode="json"))
    assert "not signed" in faults_of(bare, TEAM)[0]
    assert "nobody approved" in faults_of(approved_pack(approval=None), TEAM)[0]


@given(at=st.integers(min_value=0), bit=st.integers(0, 7))
def test_no_bit_of_the_files_of_a_pack_can_be_changed(at: int, bit: int) -> None:
    data = bytearray(approved_pack())
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        entry = pack.getinfo("posts/c/story.json")
    begin = data.index(b"{", entry.header_offset + 30)
    data[begin + at % entry.file_size] ^= 1 << bit

    assert faults_of(bytes(data), TEAM)


@given(place=st.integers(0, len(PACK) - 1), bit=st.integers(0, 7))
def test_one_bit_that_is_changed_anywhere_is_found(place: int, bit: int) -> None:
    altered = bytearray(PACK)
    altered[place] ^= 1 << bit

    assert faults_of(bytes(altered)) != []
