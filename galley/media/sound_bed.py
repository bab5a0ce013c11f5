"""A quiet sound for films, of our own synthesis: chords of soft tones, and a pulse.

Films call it. Nobody else has a right to it, and no network mutes a film for it.
"""

import io
import wave
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


UNDER_SPEECH = -18.0
"""Decibels below its own loudness, where somebody speaks above it."""
_RATE = 48_000
_BEAT = 60 / 84
_CHORD_BEATS = 4
# Root, fifth, tenth and octave of I, vi, IV and V, in semitones from A below middle C.
_CHORDS = ((-9, -2, 7, 15), (-12, -5, 3, 12), (-16, -9, 0, 8), (-14, -7, 2, 10))
_A = 220.0
_FADE = 0.6  # seconds at the end
# Brings it to -14 LUFS, as measured once; the pulse repeats, so every length is as loud.
_LEVEL = 0.176


def bed(seconds: float) -> bytes:
    """Return a WAV of stereo sound of so many seconds, at -14 LUFS."""
    import numpy as np

    count = round(seconds * _RATE)
    time = np.arange(count) / _RATE
    left, right = np.zeros(count), np.zeros(count)
    length = _CHORD_BEATS * _BEAT
    for number in range(int(seconds / length) + 1):
        begin, end = round(number * length * _RATE), round((number + 1) * length * _RATE)
        at = time[begin:end] - number * length
        # A slow swell, so that one chord grows out of the other.
        swell = np.minimum(1, at / 0.5) * np.minimum(1, (length - at) / 0.5)
        for voice, step in enumerate(_CHORDS[number % len(_CHORDS)]):
            tone = _A * 2 ** (step / 12)
            for side, detuned in ((left, 0.9985), (right, 1.0015)):
                side[begin:end] += swell * _soft(at, tone * detuned) / (1 + 0.35 * voice)
    for number in range(int(seconds / _BEAT * 2) + 1):
        begin = round(number * _BEAT / 2 * _RATE)
        at = time[: min(count - begin, round(0.5 * _RATE))]
        step = _CHORDS[int(number // (2 * _CHORD_BEATS)) % len(_CHORDS)]
        tone = _A * 2 ** ((step[number * 3 % 4] + 12) / 12)
        plucked = np.sin(2 * np.pi * tone * at) * np.exp(-at * 9) * np.minimum(1, at / 0.004)
        left[begin : begin + len(at)] += plucked * (0.9 if number % 2 else 0.5)
        right[begin : begin + len(at)] += plucked * (0.5 if number % 2 else 0.9)
    fade = np.minimum(1, np.minimum(time / 0.05, (seconds - time) / _FADE))
    sound = np.array([left, right]).T * fade[:, None] * _LEVEL
    # Peaks bend softly in place of being cut.
    return _wav(np.tanh(sound))


def _soft(at: "NDArray[np.float64]", tone: float) -> "NDArray[np.float64]":
    import numpy as np

    return sum(
        (np.sin(2 * np.pi * tone * part * at) / part**2.2 for part in (1, 2, 3)),
        start=np.zeros(len(at)),
    )


def _wav(sound: "NDArray[np.float64]") -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes((sound * 32767).astype("<i2").tobytes())
    return out.getvalue()
