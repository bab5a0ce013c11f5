"""The activities that workflows may call: names and types, no code.

The file of each subject implements its interface and decorates the method again; the wire
name is the method's name on both sides.
"""

from abc import ABC, abstractmethod

from temporalio import activity

from galley.models.account import (
    AskLimits,
    HandOver,
    HandOverReply,
    LimitsReply,
    OpenAccount,
    OpenedAccount,
    Outlook,
    PostsTold,
    ReadLimits,
    TellPosts,
)
from galley.models.brand import RecalledLessons, RecallLessons, TeachVoice
from galley.models.budget import BudgetGrant, ReserveBudget
from galley.models.draft import (
    CheckDraft,
    CheckReply,
    DraftReply,
    DraftSetRef,
    Piece,
    WriteDraft,
    WritePiece,
    WriteSet,
)
from galley.models.feed import CheckFeed, EnterItems, FeedCheck
from galley.models.media import ChooseClips, ChosenClips, ClipReply, CutClip, MadeMedia
from galley.models.media_orders import (
    AwaitMedia,
    FetchPictures,
    FitMedia,
    MediaOrdered,
    MediaOutcome,
    OrderMedia,
    RehostAssets,
    RehostReply,
    RenderMedia,
    RenderReply,
)
from galley.models.notification import Delivered, DeliverNotification, LookAround, LookReply
from galley.models.post import HandChange
from galley.models.publishing import (
    ChangeReply,
    ChannelsReply,
    CreatePost,
    CreateReply,
    DeletePost,
    EditPost,
    FindPost,
    FindReply,
    ListChannels,
    ListUnsent,
    MovePost,
    OutcomesReply,
    ReadOutcomes,
    ReadPost,
    UnsentReply,
)
from galley.models.records import KeepRecords, KeptRecords
from galley.models.source import (
    AwaitTranscript,
    BriefRef,
    CondenseSource,
    CutRecording,
    CutReply,
    JoinTranscript,
    OrderReply,
    SourceRef,
    SourceSpec,
    TranscribePart,
    TranscriptReply,
)
from galley.models.team import EndApprovals, ReadTeam, Team
from galley.publishing.job.memory import RememberAccount, Remembered


class SourceActivities(ABC):
    """Reads sources."""

    @activity.defn
    @abstractmethod
    async def read_source(self, spec: SourceSpec) -> SourceRef: ...


class TranscriptionActivities(ABC):
    """Transcribes recordings part by part. On the task queue ``speech``."""

    @activity.defn
    @abstractmethod
    async def cut_recording(self, task: CutRecording) -> CutReply: ...

    @activity.defn
    @abstractmethod
    async def transcribe_part(self, task: TranscribePart) -> None: ...

    @activity.defn
    @abstractmethod
    async def join_transcript(self, task: JoinTranscript) -> SourceRef: ...


class CondensingActivities(ABC):
    """Condenses sources that are too long to be read for every draft."""

    @activity.defn
    @abstractmethod
    async def condense_source(self, task: CondenseSource) -> BriefRef: ...


class PaidTranscriptionActivities(ABC):
    """Has parts transcribed on Replicate, each order once. On the task queue ``speech``."""

    @activity.defn
    @abstractmethod
    async def order_transcript(self, task: TranscribePart) -> OrderReply: ...

    @activity.defn
    @abstractmethod
    async def await_transcript(self, task: AwaitTranscript) -> TranscriptReply: ...

    @activity.defn
    @abstractmethod
    async def store_transcript(self, task: AwaitTranscript) -> TranscriptReply: ...


class FeedActivities(ABC):
    """Keeps the ledgers of feeds."""

    @activity.defn
    @abstractmethod
    async def check_feed(self, task: CheckFeed) -> FeedCheck: ...

    @activity.defn
    @abstractmethod
    async def enter_items(self, task: EnterItems) -> None: ...


class BudgetActivities(ABC):
    """Sets money aside before it is spent."""

    @activity.defn
    @abstractmethod
    async def reserve_budget(self, task: ReserveBudget) -> BudgetGrant: ...


class DraftingActivities(ABC):
    """Writes and checks drafts."""

    @activity.defn
    @abstractmethod
    async def write_set(self, task: WriteSet) -> DraftSetRef: ...

    @activity.defn
    @abstractmethod
    async def write_draft(self, task: WriteDraft) -> DraftReply: ...

    @activity.defn
    @abstractmethod
    async def check_draft(self, task: CheckDraft) -> CheckReply: ...


class VoiceActivities(ABC):
    """Reaches the VoiceWorkflow of a brand."""

    @activity.defn
    @abstractmethod
    async def teach_voice(self, task: TeachVoice) -> None: ...

    @activity.defn
    @abstractmethod
    async def recall_lessons(self, task: RecallLessons) -> RecalledLessons: ...


class WritingActivities(ABC):
    """Writes longer texts, which go into files."""

    @activity.defn
    @abstractmethod
    async def write_piece(self, task: WritePiece) -> Piece: ...


class MediaActivities(ABC):
    """Draws cards into private staging."""

    @activity.defn
    @abstractmethod
    async def render_media(self, task: RenderMedia) -> RenderReply: ...


class SourcePictureActivities(ABC):
    """Fetches the pictures of a source. On the task queue ``media``."""

    @activity.defn
    @abstractmethod
    async def fetch_pictures(self, task: FetchPictures) -> MadeMedia: ...


class FittingActivities(ABC):
    """Fits staged media to a network. On the task queue ``media``."""

    @activity.defn
    @abstractmethod
    async def fit_media(self, task: FitMedia) -> MadeMedia: ...


class ClippingActivities(ABC):
    """Cuts clips out of recordings. On the task queue ``media``."""

    @activity.defn
    @abstractmethod
    async def choose_clips(self, task: ChooseClips) -> ChosenClips: ...

    @activity.defn
    @abstractmethod
    async def cut_clip(self, task: CutClip) -> ClipReply: ...


class GenerationActivities(ABC):
    """Has media generated on Replicate, each order once. On the task queue ``generation``."""

    @activity.defn
    @abstractmethod
    async def order_media(self, task: OrderMedia) -> MediaOrdered: ...

    @activity.defn
    @abstractmethod
    async def await_media(self, task: AwaitMedia) -> MediaOutcome: ...

    @activity.defn
    @abstractmethod
    async def store_media(self, task: AwaitMedia) -> MediaOutcome: ...


class FilmingActivities(ABC):
    """Films the words of drafts. On the task queue ``media``."""

    @activity.defn
    @abstractmethod
    async def film_short(self, task: RenderMedia) -> RenderReply: ...


class HostingActivities(ABC):
    """Makes approved media public."""

    @activity.defn
    @abstractmethod
    async def rehost_assets(self, task: RehostAssets) -> RehostReply: ...


class AccountActivities(ABC):
    """Reaches the AccountWorkflow of an organization, and claims keys."""

    @activity.defn
    @abstractmethod
    async def open_account(self, task: OpenAccount) -> OpenedAccount: ...

    @activity.defn
    @abstractmethod
    async def ask_limits(self, task: AskLimits) -> Outlook: ...

    @activity.defn
    @abstractmethod
    async def hand_over(self, task: HandOver) -> HandOverReply: ...

    @activity.defn
    @abstractmethod
    async def hand_change(self, task: HandChange) -> HandOverReply | None: ...


class MemoryActivities(ABC):
    """Keeps the memory of an account in the state bucket."""

    @activity.defn
    @abstractmethod
    async def remember_account(self, task: RememberAccount) -> Remembered: ...


class TeamActivities(ABC):
    """Reads the team that the worker is configured with, and ends approvals."""

    @activity.defn
    @abstractmethod
    async def read_team(self, task: ReadTeam) -> Team: ...

    @activity.defn
    @abstractmethod
    async def end_approvals(self, task: EndApprovals) -> None: ...


class TellingActivities(ABC):
    """Tells posts their progress, and writes receipts."""

    @activity.defn
    @abstractmethod
    async def tell_posts(self, task: TellPosts) -> PostsTold: ...


class AttentionActivities(ABC):
    """Finds what needs a person. On the task queue ``notifications``."""

    @activity.defn
    @abstractmethod
    async def look_around(self, task: LookAround) -> LookReply: ...


class NotifyingActivities(ABC):
    """Sends messages to people. On the task queue ``notifications``."""

    @activity.defn
    @abstractmethod
    async def deliver_notification(self, task: DeliverNotification) -> Delivered: ...


class AuditActivities(ABC):
    """Keeps the records of ended runs. On the task queue ``notifications``."""

    @activity.defn
    @abstractmethod
    async def keep_records(self, task: KeepRecords) -> KeptRecords: ...


class BufferActivities(ABC):
    """One request to Buffer each. Only AccountWorkflow calls them, inside the quota."""

    @activity.defn
    @abstractmethod
    async def list_channels(self, task: ListChannels) -> ChannelsReply: ...

    @activity.defn
    @abstractmethod
    async def create_post(self, task: CreatePost) -> CreateReply: ...

    @activity.defn
    @abstractmethod
    async def find_post(self, task: FindPost) -> FindReply: ...

    @activity.defn
    @abstractmethod
    async def read_outcomes(self, task: ReadOutcomes) -> OutcomesReply: ...

    @activity.defn
    @abstractmethod
    async def edit_post(self, task: EditPost) -> ChangeReply: ...

    @activity.defn
    @abstractmethod
    async def delete_post(self, task: DeletePost) -> ChangeReply: ...

    @activity.defn
    @abstractmethod
    async def move_post(self, task: MovePost) -> ChangeReply: ...

    @activity.defn
    @abstractmethod
    async def read_post(self, task: ReadPost) -> ChangeReply: ...

    @activity.defn
    @abstractmethod
    async def read_limits(self, task: ReadLimits) -> LimitsReply: ...

    @activity.defn
    @abstractmethod
    async def list_unsent(self, task: ListUnsent) -> UnsentReply: ...
