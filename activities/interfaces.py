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
from galley.models.draft import CheckDraft, CheckReply, DraftReply, Piece, WriteDraft, WritePiece
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
from galley.models.publishing import (
    ChangeReply,
    ChannelsReply,
    CreateReply,
    DeletePost,
    EditPost,
    FindPost,
    FindReply,
    ListChannels,
    ListUnsent,
    MovePost,
    OutcomesReply,
    PostRequest,
    ReadOutcomes,
    ReadPost,
    UnsentReply,
)
from galley.models.records import KeepRecords, KeptRecords
from galley.models.review import HandChange
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


class SourceActivities(ABC):
    """Read what a campaign is made from."""

    @activity.defn
    @abstractmethod
    async def read_source(self, spec: SourceSpec) -> SourceRef: ...


class TranscriptionActivities(ABC):
    """Make a text of a recording, part by part. On a task queue of their own."""

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
    """Condense what is too long to be read for every draft."""

    @activity.defn
    @abstractmethod
    async def condense_source(self, task: CondenseSource) -> BriefRef: ...


class PaidTranscriptionActivities(ABC):
    """Have a part transcribed on Replicate: an order is billed, so it is made once."""

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
    """Follow feeds, each item accounted for."""

    @activity.defn
    @abstractmethod
    async def check_feed(self, task: CheckFeed) -> FeedCheck: ...

    @activity.defn
    @abstractmethod
    async def enter_items(self, task: EnterItems) -> None: ...


class BudgetActivities(ABC):
    """Set money aside before it is spent."""

    @activity.defn
    @abstractmethod
    async def reserve_budget(self, task: ReserveBudget) -> BudgetGrant: ...


class DraftingActivities(ABC):
    """Write and check drafts."""

    @activity.defn
    @abstractmethod
    async def write_draft(self, task: WriteDraft) -> DraftReply: ...

    @activity.defn
    @abstractmethod
    async def check_draft(self, task: CheckDraft) -> CheckReply: ...


class VoiceActivities(ABC):
    """Reach the VoiceWorkflow of a brand."""

    @activity.defn
    @abstractmethod
    async def teach_voice(self, task: TeachVoice) -> None: ...

    @activity.defn
    @abstractmethod
    async def recall_lessons(self, task: RecallLessons) -> RecalledLessons: ...


class WritingActivities(ABC):
    """Write longer texts, which go into files."""

    @activity.defn
    @abstractmethod
    async def write_piece(self, task: WritePiece) -> Piece: ...


class MediaActivities(ABC):
    """Draw pictures and videos into private staging."""

    @activity.defn
    @abstractmethod
    async def render_media(self, task: RenderMedia) -> RenderReply: ...


class SourcePictureActivities(ABC):
    """Fetch the pictures of a source. On the task queue of media."""

    @activity.defn
    @abstractmethod
    async def fetch_pictures(self, task: FetchPictures) -> MadeMedia: ...


class FittingActivities(ABC):
    """Make staged media what a network takes. On the task queue of media."""

    @activity.defn
    @abstractmethod
    async def fit_media(self, task: FitMedia) -> MadeMedia: ...


class ClippingActivities(ABC):
    """Cut clips out of recordings. On the task queue of media."""

    @activity.defn
    @abstractmethod
    async def choose_clips(self, task: ChooseClips) -> ChosenClips: ...

    @activity.defn
    @abstractmethod
    async def cut_clip(self, task: CutClip) -> ClipReply: ...


class GenerationActivities(ABC):
    """Have media generated on Replicate: an order is billed, so it is made once."""

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
    """Film the words of drafts. On the task queue of media."""

    @activity.defn
    @abstractmethod
    async def film_short(self, task: RenderMedia) -> RenderReply: ...


class HostingActivities(ABC):
    """Make approved media public, and keep it so."""

    @activity.defn
    @abstractmethod
    async def rehost_assets(self, task: RehostAssets) -> RehostReply: ...


class AccountActivities(ABC):
    """Reach the AccountWorkflow of an organization, and keep claims and receipts."""

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
    async def hand_change(self, task: HandChange) -> None: ...


class TellingActivities(ABC):
    """Tell posts what became of them, and keep receipts of it."""

    @activity.defn
    @abstractmethod
    async def tell_posts(self, task: TellPosts) -> PostsTold: ...


class AttentionActivities(ABC):
    """Look around for what needs a person. On the task queue of notifications."""

    @activity.defn
    @abstractmethod
    async def look_around(self, task: LookAround) -> LookReply: ...


class NotifyingActivities(ABC):
    """Tell a person. On the task queue of notifications."""

    @activity.defn
    @abstractmethod
    async def deliver_notification(self, task: DeliverNotification) -> Delivered: ...


class AuditActivities(ABC):
    """Keep what ended. On the task queue of notifications."""

    @activity.defn
    @abstractmethod
    async def keep_records(self, task: KeepRecords) -> KeptRecords: ...


class BufferActivities(ABC):
    """One request to Buffer each. Run by AccountWorkflow alone, inside the quota."""

    @activity.defn
    @abstractmethod
    async def list_channels(self, task: ListChannels) -> ChannelsReply: ...

    @activity.defn
    @abstractmethod
    async def create_post(self, task: PostRequest) -> CreateReply: ...

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
