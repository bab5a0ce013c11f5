"""Keep the posts of a run for the emulator of Anthropic: what a model wrote, for the demo."""

from activities.drafting.draft_sets import DraftSet
from bench.drafts.folder import RunError, RunFolder, unfenced
from bench.drafts.material import read_material
from bench.drafts.product import write_product, write_sets
from emulators.anthropic.recorded import RecordedPost, Recording, Verdict, digest_of
from emulators.anthropic.wire import MessagesRequest
from galley.drafting.answers import DraftAnswer, PostAnswer
from galley.drafting.choices import without
from galley.drafting.statements import PostNotes


async def record(folder: RunFolder) -> tuple[Recording, list[str]]:
    """Return the posts of a run that is answered whole, and the sentences that were left out.

    A sentence in doubt is left out, so that the demo shows nothing that its article does not say.

    Raises:
        RunError: Requests wait for answers, or a post breaks a rule.
    """
    manifest = folder.manifest
    material = await read_material(manifest.source, manifest.persona)
    found = await write_product(folder, material)
    if waiting := folder.open_requests():
        raise RunError(f"{folder.path} waits for answers: {', '.join(waiting)}.")
    ref = await write_sets(folder, material)
    held = DraftSet.model_validate_json(await material.store.get(ref.name) or b"")
    language = (material.document.language or "en")[:2]
    posts: dict[str, RecordedPost] = {}
    left_out: list[str] = []
    for platform in manifest.networks:
        notes = held.notes.get(platform.value, PostNotes())
        doubtful = {one.words for one in notes.statements if one.doubt}
        if broken := found[platform].problems:
            raise RunError(f"{platform}: {broken[0]}")
        post = without(_mended(folder, platform, held.posts[platform.value]), doubtful, language)
        left_out += [f"{platform}: {words}" for words in sorted(doubtful)]
        posts[platform.value] = RecordedPost(
            post=post.model_dump(),
            angle=notes.angle,
            other_angle=next(iter(notes.other_angles), ""),
            reason=notes.reason,
            sentences={
                one.words: Verdict(passage=one.passage, verdict="stated")
                for one in notes.statements
                if one.doubt is None
            },
        )
    asked = MessagesRequest.model_validate(folder.request("set-1"))
    recording = Recording(
        source=digest_of(asked),
        about=f"Posts on \u201c{material.document.title}\u201d, prompts {held.prompt_revision}.",
        posts=posts,
    )
    return recording, left_out


def _mended(folder: RunFolder, name: str, post: PostAnswer) -> PostAnswer:
    """Return the answer to the repair of a post, where there was one."""
    file = folder.path / "answers" / f"{name}-1.json"
    if not file.exists():
        return post
    return DraftAnswer.model_validate_json(unfenced(file.read_text(encoding="utf-8"))).posts[0]
