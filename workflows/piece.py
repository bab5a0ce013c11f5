"""PieceWorkflow: writes one longer text from a source into a file."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from pydantic import ValidationError

    from activities.interfaces import BudgetActivities, WritingActivities
    from galley.models.budget import ReserveBudget
    from galley.models.draft import Piece, PieceInput, PieceView, WritePiece
    from galley.models.source import SourceRef
    from workflows import options, sources


# An input that does not fit ends the run, whose starter sees why.
@workflow.defn(failure_exception_types=[ValidationError])
class PieceWorkflow:
    """One blog post, newsletter or video script; ID ``piece:<key>``.

    Nothing is published, so nobody approves: the file names its source and its open claims.
    """

    @workflow.init
    def __init__(self, start: PieceInput) -> None:
        self._start = start
        self._view = PieceView(
            piece_id=workflow.info().workflow_id, form=start.form, stage="reading the source"
        )

    @workflow.run
    async def run(self, start: PieceInput) -> PieceView:
        source = await sources.read(start.source, start.key, self._show)
        source = await sources.condensed(source, start.key, start.brief, self._show)
        self._show("setting money aside", source=source)
        grant = await workflow.execute_activity_method(
            BudgetActivities.reserve_budget,
            ReserveBudget(
                campaign_id=self._view.piece_id,
                key=start.key,
                posts=1,  # the budget counts drafts; this run writes one text
                source_bytes=source.read_size,
                brand=start.persona.brand if start.persona else "",
            ),
            **options.RESERVE_BUDGET,
        )
        self._show(f"writing the {start.form}")
        piece = await workflow.execute_activity_method(
            WritingActivities.write_piece,
            WritePiece(
                source=source,
                form=start.form,
                brief=start.brief,
                persona=start.persona,
                # In place of a post's key, whose second part is a channel.
                piece_key=f"{start.key}:text",
                allowance=grant.allowance,
            ),
            # As a draft: the same model, and about the same time.
            **options.named(options.WRITE_DRAFT, f"write · {start.form}"),
        )
        self._show("it is written", piece=piece)
        return self._view

    @workflow.query(description="The source, the stage, and where the text is kept.")
    def view(self) -> PieceView:
        return self._view

    def _show(
        self, stage: str, source: SourceRef | None = None, piece: Piece | None = None
    ) -> None:
        known = self._view
        self._view = PieceView(
            piece_id=known.piece_id,
            form=known.form,
            stage=stage,
            source=source or known.source,
            piece=piece or known.piece,
        )
        workflow.set_current_details(f"**{stage}**")
