"""Every workflow that a worker runs and a replay knows."""

from workflows.account import AccountWorkflow
from workflows.attention import AttentionWorkflow
from workflows.audit import AuditWorkflow
from workflows.campaign import CampaignWorkflow
from workflows.clips import ClipsWorkflow
from workflows.feed import FeedWorkflow
from workflows.notification import NotificationWorkflow
from workflows.piece import PieceWorkflow
from workflows.post import PostWorkflow
from workflows.voice import VoiceWorkflow

WORKFLOWS: tuple[type, ...] = (
    CampaignWorkflow,
    PostWorkflow,
    AccountWorkflow,
    FeedWorkflow,
    PieceWorkflow,
    ClipsWorkflow,
    VoiceWorkflow,
    AttentionWorkflow,
    NotificationWorkflow,
    AuditWorkflow,
)
