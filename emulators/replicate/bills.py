"""What a prediction is billed, as Replicate says it bills."""

import math
from typing import Any

from emulators.replicate.catalog import CATALOG, Makes
from emulators.replicate.predictions import Prediction

_BY_THE_SECOND = 0.0014


def bill(prediction: Prediction) -> dict[str, Any] | None:
    """Return the bill of a prediction; ``None`` while it is not over.

    What never began or failed costs nothing; what was stopped while it ran is charged.
    """
    if prediction.completed is None:
        return None
    return {
        "id": prediction.id,
        "model": prediction.model,
        "status": prediction.status,
        "usd": round(_dollars(prediction), 6),
    }


def _dollars(prediction: Prediction) -> float:
    model = CATALOG[prediction.model]
    if prediction.started is None or prediction.status in {"failed", "aborted"}:
        return 0.0
    match model.makes:
        case Makes.WORDS:
            return prediction.billed * _BY_THE_SECOND
        case Makes.PICTURE:
            return model.price
        case Makes.VIDEO:
            return model.price * float(prediction.input.get("duration", 8))
        case Makes.TALK:
            return model.price * math.ceil(prediction.heard)
        case Makes.SPEECH:
            return model.price * len(str(prediction.input.get("text"))) / 1000
