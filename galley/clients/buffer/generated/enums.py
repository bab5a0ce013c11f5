from enum import Enum


class DateTimePresence(str, Enum):
    absent = "absent"
    present = "present"


class GoogleBusinessPostActionType(str, Enum):
    book = "book"
    call = "call"
    learn_more = "learn_more"
    none = "none"
    order = "order"
    shop = "shop"
    signup = "signup"


class PostApprovalChange(str, Enum):
    request = "request"
    revert = "revert"


class PostSortableKey(str, Enum):
    dueAt = "dueAt"
    createdAt = "createdAt"


class PostStatus(str, Enum):
    draft = "draft"
    error = "error"
    needs_approval = "needs_approval"
    scheduled = "scheduled"
    sending = "sending"
    sent = "sent"


class PostType(str, Enum):
    carousel = "carousel"
    event = "event"
    ghost_post = "ghost_post"
    offer = "offer"
    post = "post"
    reel = "reel"
    short = "short"
    story = "story"
    thread = "thread"
    whats_new = "whats_new"


class PostTypeFacebook(str, Enum):
    post = "post"
    reel = "reel"
    story = "story"


class PostTypeGoogleBusiness(str, Enum):
    event = "event"
    offer = "offer"
    whats_new = "whats_new"


class Product(str, Enum):
    analyze = "analyze"
    buffer = "buffer"
    comments = "comments"
    engage = "engage"
    publish = "publish"
    startPage = "startPage"


class QueuePosition(str, Enum):
    bottom = "bottom"
    top = "top"


class SchedulingType(str, Enum):
    automatic = "automatic"
    notification = "notification"


class ShareMode(str, Enum):
    addToQueue = "addToQueue"
    customScheduled = "customScheduled"
    shareNext = "shareNext"
    shareNow = "shareNow"


class SortDirection(str, Enum):
    asc = "asc"
    desc = "desc"


class YoutubeLicense(str, Enum):
    creativeCommon = "creativeCommon"
    youtube = "youtube"


class YoutubePrivacy(str, Enum):
    private = "private"
    public = "public"
    unlisted = "unlisted"
