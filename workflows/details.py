"""What the Temporal UI shows of a run, as Markdown."""

from galley.models import PostView


def post_details(view: PostView) -> str:
    """Return the draft and what the post waits for."""
    parts = [
        _heading(view),
        f"Waiting for: {view.waiting_for}" if view.waiting_for else "",
        f"**{view.error}**" if view.error else "",
        *(f"- {problem.message}" for problem in view.problems),
        _draft(view),
        f"Due {view.due_at:%Y-%m-%d %H:%M:%S %Z}" if view.due_at else "",
        f"Buffer post `{view.buffer_post_id}`" if view.buffer_post_id else "",
        *(f"[{asset.kind}]({asset.url})" for asset in view.media),
    ]
    return "\n\n".join(part for part in parts if part)


def _heading(view: PostView) -> str:
    where = f"{view.platform} · {view.channel_name}"
    return f"**{view.state}** · {where} · revision {view.revision}"


def _draft(view: PostView) -> str:
    if view.draft is None:
        return ""
    items = view.draft.thread or (view.draft.text,)
    quoted = "\n\n---\n\n".join(_quote(item) for item in items)
    title = f"### {view.draft.title}\n\n" if view.draft.title else ""
    drafter = f"\n\n*Drafter: {view.provenance.drafter}*" if view.provenance else ""
    return f"{title}{quoted}{drafter}"


def _quote(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())
