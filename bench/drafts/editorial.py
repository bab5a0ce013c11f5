"""Sets written by a plan: in one request, or one a network; then edited and checked."""

from collections.abc import Iterable, Mapping

from activities.drafting.assembly import DraftAssembly
from bench.drafts.filed import FiledClient
from bench.drafts.folder import AwaitingAnswerError, RunError, RunFolder
from bench.drafts.material import RunMaterial, channel_of
from bench.drafts.posts import JudgedPost
from galley.clients.anthropic import DraftPrompt, PostAnswer, Turn
from galley.clients.editorial import ClaimAnswer, EditorialAnswer, SetPostAnswer, SlotAnswer
from galley.drafting.editorial import (
    PostWords,
    SetOrder,
    check_message,
    edit_message,
    mend_message,
    plan_message,
    set_rules,
    slot_message,
    write_message,
)
from galley.drafting.messages import source_block
from galley.models.draft import Draft, Problem, WriteDraft
from galley.models.network import Platform

_TOKENS = 24_000
Answers = dict[Platform, SetPostAnswer]
Posts = dict[Platform, JudgedPost]


async def write_set(folder: RunFolder, material: RunMaterial) -> Posts:
    """Return the posts of a set that is planned and written in one request."""
    return await SetRun(folder, material).run(whole=True)


async def write_planned(folder: RunFolder, material: RunMaterial) -> Posts:
    """Return the posts of a plan, each asked for alone."""
    return await SetRun(folder, material).run(whole=False)


class SetRun:
    """One set on its way: written, edited, mended and checked."""

    def __init__(self, folder: RunFolder, material: RunMaterial) -> None:
        self._folder = folder
        self._material = material
        platforms = folder.manifest.networks
        self._assemblies = {
            one: DraftAssembly(
                WriteDraft(source=material.source, channel=channel_of(one)),
                material.document,
                material.persona,
            )
            for one in platforms
        }
        self._order = SetOrder(
            limits={one: a.limits for one, a in self._assemblies.items()},
            persona=material.persona,
            link=material.source.link or "",
        )
        self._rules = set_rules(platforms, material.persona)
        self._source = source_block(material.document, material.source.sha256)

    async def run(self, *, whole: bool) -> Posts:
        """Return the posts of the last step that is answered."""
        posts: Posts = {}
        try:
            answers = await (self._whole() if whole else self._planned())
            posts = self._judged(answers)
            answers = await self._edited(answers)
            posts = self._judged(answers)
            answers = await self._mended(answers)
            posts = self._judged(answers)
            answers = await self._checked(answers)
            posts = self._judged(answers)
        except AwaitingAnswerError:
            pass
        return posts

    async def _whole(self) -> Answers:
        told = await self._ask("write", write_message(self._order))
        self._keep_plan(told)
        return self._complete(told.posts)

    async def _planned(self) -> Answers:
        told = await self._ask("plan", plan_message(self._order))
        self._keep_plan(told)
        slots = {one.network: one for one in told.plan}
        missing = [one for one in self._assemblies if one not in slots]
        if missing:
            raise RunError(f"The plan leaves out {', '.join(missing)}.")
        found: Answers = {}
        waiting = False
        for platform in self._assemblies:
            others = {n: s.point for n, s in slots.items() if n is not platform}
            message = slot_message(self._order, platform, _lines(slots[platform]), others)
            try:
                told = await self._ask(platform.value, message)
                found |= {platform: self._only(platform, told)}
            except AwaitingAnswerError:
                waiting = True
        if waiting:
            raise AwaitingAnswerError
        return found

    async def _edited(self, answers: Answers) -> Answers:
        problems = {one: list(self._problems(a)) for one, a in answers.items()}
        message = edit_message(self._order, _words(answers), problems)
        told = await self._ask("edit", message)
        return answers | self._known(told.posts)

    async def _mended(self, answers: Answers) -> Answers:
        """Name the rules that posts still break, once; keep what breaks fewer."""
        broken = {
            one: found for one, answer in answers.items() if (found := self._sure_problems(answer))
        }
        if not broken:
            return answers
        wrong = _words({one: answers[one] for one in broken})
        told = await self._ask("mend", mend_message(wrong, broken))
        better = {
            one: again
            for one, again in self._known(told.posts).items()
            if len(self._sure_problems(again)) <= len(broken.get(one, ()))
        }
        return answers | better

    async def _checked(self, answers: Answers) -> Answers:
        message = check_message(_words(answers))
        told = await self._ask("check", message)
        found = [one.model_dump() for one in told.found]
        self._folder.write_json("claims.json", found)
        return {
            platform: _without(answer, [one for one in told.found if one.network is platform])
            for platform, answer in answers.items()
        }

    async def _ask(self, name: str, message: str) -> EditorialAnswer:
        client = FiledClient(self._folder, name, EditorialAnswer)
        prompt = DraftPrompt(
            rules=self._rules,
            source=self._source,
            turns=(Turn("user", message),),
            max_tokens=_TOKENS,
        )
        try:
            reply = await client.write(prompt)
        finally:
            await client.aclose()
        if reply.answer is None:
            raise RunError(f"The answer to {name} does not follow its schema: {reply.detail}")
        return reply.answer

    def _keep_plan(self, told: EditorialAnswer) -> None:
        plan = told.model_dump(mode="json", include={"material", "plan"})
        self._folder.write_json("plan.json", plan)

    def _complete(self, posts: Iterable[SetPostAnswer]) -> Answers:
        found = self._known(posts)
        missing = [one for one in self._assemblies if one not in found]
        if missing:
            raise RunError(f"The answer has no post for {', '.join(missing)}.")
        return {one: found[one] for one in self._assemblies}

    def _only(self, platform: Platform, told: EditorialAnswer) -> SetPostAnswer:
        for one in told.posts:
            if one.network is platform:
                return one
        raise RunError(f"The answer holds no post for {platform}.")

    def _known(self, posts: Iterable[SetPostAnswer]) -> Answers:
        return {one.network: one for one in posts if one.network in self._assemblies}

    def _draft(self, answer: SetPostAnswer) -> tuple[Draft, tuple[Problem, ...]]:
        assembly = self._assemblies[answer.network]
        draft = assembly.draft(
            PostAnswer(
                body=answer.body,
                thread=answer.thread,
                title=answer.title,
                headline=answer.headline,
                # The picture is a card with these words and nothing else.
                alt_text=answer.headline,
                hashtags=answer.hashtags,
                parts=[],
            )
        )
        return draft, assembly.problems(draft, assembly.facts(draft))

    def _problems(self, answer: SetPostAnswer) -> Iterable[str]:
        return (one.message for one in self._draft(answer)[1])

    def _sure_problems(self, answer: SetPostAnswer) -> list[str]:
        return [one.message for one in self._draft(answer)[1] if _is_sure(one)]

    def _judged(self, answers: Answers) -> Posts:
        return {one: JudgedPost.of(*self._draft(a)) for one, a in answers.items()}


def _is_sure(problem: Problem) -> bool:
    """Nouns that are new in the middle of a sentence are taken for names in German."""
    return problem.rule != "names_from_source"


def _words(answers: Mapping[Platform, SetPostAnswer]) -> dict[Platform, PostWords]:
    return {
        one: PostWords(
            body=answer.body,
            thread=tuple(answer.thread),
            title=answer.title,
            headline=answer.headline,
            hashtags=tuple(answer.hashtags),
        )
        for one, answer in answers.items()
    }


def _lines(slot: SlotAnswer) -> str:
    openings = "\n".join(f"  - {line}" for line in slot.openings)
    return (
        f"- reader: {slot.reader}\n- point: {slot.point}\n- openings:\n{openings}\n"
        f"- form: {slot.form}\n- ending: {slot.ending}"
    )


def _without(answer: SetPostAnswer, claims: Iterable[ClaimAnswer]) -> SetPostAnswer:
    """Put what a claim's sentence should say in its place, wherever it stands."""
    text = answer.model_dump()
    for claim in claims:
        for name in ("body", "title", "headline"):
            text[name] = _replaced(text[name], claim)
        text["thread"] = [_replaced(one, claim) for one in text["thread"]]
    return SetPostAnswer.model_validate(text)


def _replaced(text: str, claim: ClaimAnswer) -> str:
    if claim.sentence.strip() not in text:
        return text
    mended = text.replace(claim.sentence.strip(), claim.mend.strip(), 1)
    paragraphs = [" ".join(p.split(" ")).strip() for p in mended.split("\n\n")]
    return "\n\n".join(p for p in paragraphs if p) or text
