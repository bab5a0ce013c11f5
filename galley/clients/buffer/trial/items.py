"""Whether a content item that is asked for twice is made once.

The experimental path of https://developers.buffer.com/guides/content-items.md, which
Galley does not publish with: docs/decisions/0012-content-items.md. The item is a draft
without a channel, and is deleted.
"""

from galley.clients.buffer.raw import RawAnswer
from galley.clients.buffer.reading import as_dict, clean
from galley.clients.buffer.trial.account import TrialAccount
from galley.clients.buffer.trial.verdicts import Finding, finding

_CREATE = """
mutation Item($input: CreateContentItemDraftInput!) {
  createContentItemDraft(input: $input) {
    __typename
    ... on CreateContentItemDraftSuccess { contentItem { id } }
    ... on MutationError { message }
  }
}
"""
_DELETE = """
mutation Gone($input: DeleteContentItemInput!) {
  deleteContentItem(input: $input) {
    __typename
    ... on MutationError { message }
  }
}
"""


async def items_are_made_once(trial: TrialAccount) -> Finding:
    """Ask twice with one ``correlationId``, and delete what there is."""
    assumption = "A content item asked for twice with one correlationId is made once"
    trial.tidy_with(_delete)
    first = await _create(trial)
    if not _id_of(first):
        return finding(assumption, first.message or "no item came back", holds=False)
    again = await _create(trial)
    same = _id_of(first) == _id_of(again)
    said = "the first came back" if same else again.message or "another came back"
    return finding(assumption, said, holds=same)


async def _create(trial: TrialAccount) -> RawAnswer:
    wanted = {
        "organizationId": trial.organization_id,
        "correlationId": trial.correlation_id,
        "draft": {"text": f"Item of Galley's doctor, {trial.mark}. Safe to delete."},
    }
    return await trial.client.look(_CREATE, {"input": wanted})


async def _delete(trial: TrialAccount) -> str | None:
    """Delete the item; returns its id if it is left.

    Asking for it once more gives its id, also after a lost answer.
    """
    item_id = _id_of(await _create(trial))
    if not item_id:
        return None
    answer = await trial.client.look(_DELETE, {"input": {"id": item_id}})
    return None if answer.typename == "DeleteContentItemSuccess" else item_id


def _id_of(answer: RawAnswer) -> str:
    member = as_dict(answer.data.get("createContentItemDraft"))
    return clean(as_dict(member.get("contentItem")).get("id") or "", 60)
