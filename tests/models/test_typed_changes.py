"""What may be changed of a state has the type that the state has."""

from typing import get_type_hints

import pytest
from pydantic import BaseModel

from galley.models.account import PublishJob, PublishJobChanges
from galley.models.campaign import CampaignView, CampaignViewChanges
from galley.models.post import PostSnapshot, PostSnapshotChanges, PostView, PostViewChanges
from galley.models.publishing import PostRequest, PostRequestChanges
from galley.models.review import ChangeRequest, ChangeRequestChanges
from galley.publishing.job.record import (
    JobRecord,
    JobRecordChanges,
    PendingChange,
    PendingChangeChanges,
)

PAIRS: list[tuple[type[BaseModel], type]] = [
    (CampaignView, CampaignViewChanges),
    (ChangeRequest, ChangeRequestChanges),
    (JobRecord, JobRecordChanges),
    (PendingChange, PendingChangeChanges),
    (PostRequest, PostRequestChanges),
    (PostSnapshot, PostSnapshotChanges),
    (PostView, PostViewChanges),
    (PublishJob, PublishJobChanges),
]


@pytest.mark.parametrize(("model", "changes"), PAIRS)
def test_what_may_be_changed_of_a_model_has_the_types_of_its_fields(
    model: type[BaseModel], changes: type
) -> None:
    fields = get_type_hints(model)

    for name, type_of_change in get_type_hints(changes).items():
        assert type_of_change == fields[name], name
