"""The nouns: source, channel, draft, asset, decision, post, job, receipt."""

from galley.models.account import (
    Claim,
    HandOver,
    HandOverKind,
    HandOverReply,
    PostsTold,
    Progress,
    ProgressKind,
    PublishJob,
    Receipt,
    TellPosts,
    Untold,
)
from galley.models.base import Model
from galley.models.brief import (
    BriefRef,
    CondenseSource,
)
from galley.models.campaign import (
    CampaignInput,
    CampaignView,
    PlannedPost,
    SkippedChannel,
)
from galley.models.change import (
    Change,
    ChangeKind,
    ChangeOutcome,
    ChangeRequest,
    HandChange,
    LastChange,
    MoveInQueue,
    Redrive,
    Reschedule,
    Retract,
)
from galley.models.change_calls import (
    ChangeReply,
    ChangeReplyKind,
    DeletePost,
    EditPost,
    MovePost,
    ReadPost,
)
from galley.models.channel import Board, Channel, ChannelDirectory, PostingDay
from galley.models.cost import (
    BudgetGrant,
    Ceilings,
    CostRecord,
    DayBook,
    Reservation,
    ReserveBudget,
    TokenUse,
)
from galley.models.decision import (
    Approve,
    Decision,
    DecisionKind,
    Edit,
    Regenerate,
    Reject,
)
from galley.models.delivery import Delivery, QueuePosition, SchedulingType, ShareMode
from galley.models.draft import (
    Draft,
    DraftEdit,
    Problem,
    Provenance,
    Slide,
    Variant,
)
from galley.models.extras import (
    BlueskyExtras,
    Extras,
    FacebookExtras,
    GoogleBusinessExtras,
    GoogleButton,
    GooglePostKind,
    InstagramExtras,
    LinkCard,
    LinkedInExtras,
    MastodonExtras,
    NetworkExtras,
    PinterestExtras,
    PostForm,
    ThreadsExtras,
    TikTokExtras,
    UserTag,
    XExtras,
    YouTubeExtras,
    YouTubeLicense,
    YouTubePrivacy,
    extras_for,
)
from galley.models.fact import Fact, FactKind, FactOrigin, tally
from galley.models.feed import (
    CheckFeed,
    EnterItem,
    EnterItems,
    FeedCheck,
    FeedPick,
    FeedReport,
    FeedSubscription,
    ItemState,
    Ledger,
    LedgerEntry,
)
from galley.models.form import Form
from galley.models.generation import (
    AwaitMedia,
    GenerationOutcome,
    MediaClaim,
    MediaOrdered,
    MediaOrderId,
    MediaOutcome,
    OrderKind,
    OrderMedia,
)
from galley.models.limits import (
    AskLimits,
    DailyLimit,
    DayLimits,
    LimitsReply,
    OpenAccount,
    OpenedAccount,
    Opening,
    Outlook,
    PlanLimits,
    ReadLimits,
)
from galley.models.look import Look
from galley.models.media import (
    MadeMedia,
    MediaKind,
    MediaMaker,
    Origin,
    PublicAsset,
    StagedAsset,
)
from galley.models.options import (
    Approval,
    CampaignOptions,
    MediaOptions,
    PostingOptions,
    ReviewPolicy,
)
from galley.models.pause import Pause, PauseScope, Resume
from galley.models.persona import Persona, PersonaRef
from galley.models.piece import (
    Piece,
    PieceForm,
    PieceInput,
    PieceView,
    WritePiece,
)
from galley.models.platform import Platform
from galley.models.post import (
    PostInput,
    PostOutcome,
    PostResult,
    PostSnapshot,
    PostState,
    PostView,
    Proposal,
    Released,
)
from galley.models.publishing import (
    BufferPost,
    ChannelsReply,
    CreateKind,
    CreateReply,
    FindPost,
    FindReply,
    ListChannels,
    OutcomesReply,
    PostRequest,
    RateWindow,
    ReadKind,
    ReadOutcomes,
)
from galley.models.recording import (
    AudioPart,
    AwaitTranscript,
    CutRecording,
    CutReply,
    Engine,
    JoinTranscript,
    OrderReply,
    TranscribePart,
    Transcript,
    TranscriptOrder,
    TranscriptOrdered,
    TranscriptOutcome,
    TranscriptReply,
)
from galley.models.source import (
    Cue,
    Recording,
    SourceDocument,
    SourceKind,
    SourcePicture,
    SourceRef,
    SourceSpec,
)
from galley.models.steps import (
    CheckDraft,
    CheckReply,
    DraftReply,
    FetchPictures,
    FitMedia,
    RehostAssets,
    RehostReply,
    RenderMedia,
    RenderReply,
    WriteDraft,
)
from galley.models.timing import BusyTime, Move, QuietHours, Timing, TimingRule
from galley.models.unsent import ListUnsent, UnsentPage, UnsentPost, UnsentReply
from galley.models.voice import (
    ForgetLessons,
    Forgotten,
    Learn,
    Lesson,
    LessonBook,
    LessonKind,
    LessonPart,
    LessonsRef,
    RecalledLessons,
    RecallLessons,
    TeachVoice,
    VoiceInput,
    VoiceState,
    VoiceView,
)

# Packed: a line each would make the file too long.
# fmt: off
__all__ = [
    "Approval", "Approve", "AskLimits", "AudioPart", "AwaitMedia", "AwaitTranscript",
    "BlueskyExtras", "Board", "BriefRef", "BudgetGrant", "BufferPost", "BusyTime",
    "CampaignInput", "CampaignOptions", "CampaignView", "Ceilings", "Change",
    "ChangeKind", "ChangeOutcome", "ChangeReply", "ChangeReplyKind", "ChangeRequest",
    "Channel", "ChannelDirectory", "ChannelsReply", "CheckDraft", "CheckFeed",
    "CheckReply", "Claim", "CondenseSource", "CostRecord", "CreateKind", "CreateReply",
    "Cue", "CutRecording", "CutReply", "DailyLimit", "DayBook", "DayLimits", "Decision",
    "DecisionKind", "DeletePost", "Delivery", "Draft", "DraftEdit", "DraftReply",
    "Edit", "EditPost", "Engine", "EnterItem", "EnterItems", "Extras", "FacebookExtras",
    "Fact", "FactKind", "FactOrigin", "FeedCheck", "FeedPick", "FeedReport",
    "FeedSubscription", "FetchPictures", "FindPost", "FindReply", "FitMedia",
    "ForgetLessons", "Forgotten", "Form", "GenerationOutcome", "GoogleBusinessExtras",
    "GoogleButton", "GooglePostKind", "HandChange", "HandOver", "HandOverKind",
    "HandOverReply", "InstagramExtras", "ItemState", "JoinTranscript", "LastChange",
    "Learn", "Ledger", "LedgerEntry", "Lesson", "LessonBook", "LessonKind",
    "LessonPart", "LessonsRef", "LimitsReply", "LinkCard", "LinkedInExtras",
    "ListChannels", "ListUnsent", "Look", "MadeMedia", "MastodonExtras", "MediaClaim",
    "MediaKind", "MediaMaker", "MediaOptions", "MediaOrderId", "MediaOrdered",
    "MediaOutcome", "Model", "Move", "MoveInQueue", "MovePost", "NetworkExtras",
    "OpenAccount", "OpenedAccount", "Opening", "OrderKind", "OrderMedia", "OrderReply",
    "Origin", "OutcomesReply", "Outlook", "Pause", "PauseScope", "Persona",
    "PersonaRef", "Piece", "PieceForm", "PieceInput", "PieceView", "PinterestExtras",
    "PlanLimits", "PlannedPost", "Platform", "PostForm", "PostInput", "PostOutcome",
    "PostRequest", "PostResult", "PostSnapshot", "PostState", "PostView", "PostingDay",
    "PostingOptions", "PostsTold", "Problem", "Progress", "ProgressKind", "Proposal",
    "Provenance", "PublicAsset", "PublishJob", "QueuePosition", "QuietHours",
    "RateWindow", "ReadKind", "ReadLimits", "ReadOutcomes", "ReadPost", "RecallLessons",
    "RecalledLessons", "Receipt", "Recording", "Redrive", "Regenerate", "RehostAssets",
    "RehostReply", "Reject", "Released", "RenderMedia", "RenderReply", "Reschedule",
    "Reservation", "ReserveBudget", "Resume", "Retract", "ReviewPolicy",
    "SchedulingType", "ShareMode", "SkippedChannel", "Slide", "SourceDocument",
    "SourceKind", "SourcePicture", "SourceRef", "SourceSpec", "StagedAsset",
    "TeachVoice", "TellPosts", "ThreadsExtras", "TikTokExtras", "Timing", "TimingRule",
    "TokenUse", "TranscribePart", "Transcript", "TranscriptOrder", "TranscriptOrdered",
    "TranscriptOutcome", "TranscriptReply", "UnsentPage", "UnsentPost", "UnsentReply",
    "Untold", "UserTag", "Variant", "VoiceInput", "VoiceState", "VoiceView",
    "WriteDraft", "WritePiece", "XExtras", "YouTubeExtras", "YouTubeLicense",
    "YouTubePrivacy", "extras_for", "tally",
]
# fmt: on
