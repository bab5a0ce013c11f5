"""Personas and lessons, as their commands print them."""

from collections.abc import Iterator, Sequence

from app.brands.lessons import TAUGHT_BY
from app.brands.personas import PersonaReport
from cli.render.proofs import clean, local
from cli.terminal import say, show
from galley.models.brand import Lesson, LessonPart, VoiceView
from workflows import ids


def print_persona(report: PersonaReport) -> None:
    """Print what the model is told, how pictures look, and advice beside them."""
    show("\n".join(clean(line) for line in report.prompt.splitlines()))
    for platform, note in report.persona.networks.items():
        show(f"\nOn {platform}: {clean(note)}")
    for line in _look_lines(report):
        show(clean(line))
    for advice in report.advice:
        say(advice)


def _look_lines(report: PersonaReport) -> Iterator[str]:
    look, palette = report.look, report.palette
    if look is None or palette is None:
        return
    yield (
        f"\nPictures: {palette.ink} on {palette.background}, marks in {palette.accent}"
        f"{', with a logo' if look.logo else ''}"
    )
    for name in look.fonts:
        yield f"Font: {name}"


def print_lessons(view: VoiceView, lessons: Sequence[Lesson]) -> None:
    """Print the lessons of a voice that were asked for."""
    counted = f"{len(lessons)} lesson{'' if len(lessons) == 1 else 's'}"
    show(clean(f"{ids.voice_id(view.brand)} · {counted}"))
    for lesson in lessons:
        show("\n" + clean("\n".join(_lesson_lines(lesson))))
    if not lessons:
        say(f"Nothing is known: {TAUGHT_BY}")


def _lesson_lines(lesson: Lesson) -> Iterator[str]:
    part = "" if lesson.part is LessonPart.TEXT else f" · {lesson.part}"
    yield (
        f"{local(lesson.learned_at)} · {lesson.kind} · {lesson.platform}{part} "
        f"· {lesson.post_key} revision {lesson.revision}"
    )
    if lesson.reason:
        yield f"  Reason: {lesson.reason}"
    for sign, text in (("-", lesson.before), ("+", lesson.after)):
        yield from (f"  {sign} {line}".rstrip() for line in text.splitlines())
