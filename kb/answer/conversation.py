"""What a follow-up means: "and for Android?" is asked about what was asked before.

Whether a turn leans on earlier ones is decided by evidence. Its form says whether it may (``context_of``); if so, it is searched
both as it stands and with its topic, and the two findings decide (``holds``). A turn that can only stand alone costs nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kb.answer.evidence import TermWeights
from kb.answer.find import Findings
from kb.answer.manner import Manner, manner_of
from kb.answer.question import understand
from kb.index.snapshot import Snapshot
from kb.text.language import count_han
from kb.text.tokenize import cached_terms, normalize
from kb.types import Lang, Outcome, Turn

# No answer is surer than this because it stays with an article.
_SUREST = 0.9

# Openings and pronouns that point back.
_OPENING_EN = re.compile(
    r"^\W*(?:(?:ok|okay|so|well|hmm|and|but|or|then|also|no|nope|sorry)\W+)*"
    r"(?:and|what about|how about|or|but|then|also|what if|why|so|if|same|else|only|instead"
    r"|from|for|with|without|until|till|by|at|on|in|to|of|after|before|during)\b"
)
_PRONOUN_EN = re.compile(r"\b(?:it|its|that|this|they|them|their|those|these|there|one|ones|either|too|else|instead)\b")
_OPENING_ZH = re.compile(
    r"^\W*(?:那|还有|另外|然后|如果|要是|万一|假如|为什么|再|换成|改成|以及|那么|可是|但是|也)"
    r"|(?:呢|的话)\W*$"
)
_PRONOUN_ZH = re.compile(r"它|这个|那个|这样|那样|上面|刚才|这种|那种|这些|那些|其中|该怎么|之后|以后|也")

# A whole question in English: a verb that asks, with or without a question word before it.
_CLAUSE_EN = re.compile(r"\b(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have)\b")
# Asked in passing, of nothing that was said: who is speaking, and what time it is.
_SMALL_QUESTION = re.compile(
    r"\W*(?:(?:and|so|but|ok|okay|well|hey|by the way)\W+)*(?:who (?:are|r) (?:you|u)|what(?:\W?s| is) your name|what are you"
    r"|are you (?:a |an |real|human|there|ai\b)?(?:bot|robot|chatbot|machine|computer|ai|human|person|real person)?|how old are you"
    r"|what(?:\W?s| is) (?:the )?(?:time|date|weather)(?: like)?(?: (?:now|today|tomorrow|outside))?"
    r"|what (?:time|day|date) is it(?: (?:now|today))?"
    r"|(?:tell|sing|write) (?:me |us )?(?:a |another )?(?:joke|story|song|poem)|\d+\s*[-+*/x]\s*\d+\s*=?)\W*"
    r"|\W*(?:那|那么|请问)?(?:你|您)(?:到底)?(?:是)?(?:谁|什么人|哪位|机器人|ai|人工智能|电脑|什么)(?:吗|啊|呀|呢)?\W*"
    r"|\W*(?:你|您)(?:叫|的名字(?:是|叫))(?:什么|啥)(?:名字)?(?:呢|啊|呀)?\W*|\W*你几岁了?\W*"
    r"|\W*(?:现在|今天|明天)(?:是)?(?:几点|几号|星期几|周几|礼拜几|什么日子|什么时间|天气(?:怎么样|如何|好吗)?)(?:了|钟|呢)*\W*"
    r"|\W*(?:给我|来|再)?(?:讲|说)(?:一)?个(?:笑话|故事)(?:吧|听听|来听)*\W*"
)

# Terms that ask for an amount or a use of what is talked about and name nothing: an article that tells it need not have them.
_ASKING = frozenset(
    "多久 多长 时间 小时 之内 几天 几个 几次 几点 几小 几 多少 多钱 钱 要钱 用 long much cost price mean".split()
)


@dataclass(frozen=True, slots=True)
class ConversationParameters:
    """``short``: a turn with fewer content words than this may lean on what came before; ``long``: one with as many does not, even
    if it points back.

    Log-odds for the reading in context: ``pointing`` if the turn points back, else ``plain``; ``fit`` for the share of the turn's
    own words that the previous article has, less the share that the best passage without context has. ``staying`` is added to
    the confidence of an answer from the same article as before (fitted, see eval/LOG.md): two searches agreed on it. ``unheard``
    is taken from it for each of the turn's own words that the article lacks, ``unknown`` instead, of a turn that points back,
    for the share that no article has: a topic alone answers nothing. A turn that does not point back needs no context if it is
    answered alone with the confidence ``sure``, and is about something else if the article lacks ``foreign`` of its words, one that
    no article has counting ``strange`` times.
    """

    short: float = 3.5
    long: float = 7.0
    pointing: float = 3.0
    plain: float = -0.5
    fit: float = 2.0
    staying: float = 1.0
    unheard: float = 1.0
    unknown: float = 3.0
    sure: float = 0.8
    foreign: float = 2.0
    strange: float = 2.0


@dataclass(frozen=True, slots=True)
class Context:
    """What a turn may be about. ``topic``: the question that opened the subject. ``article_id``: what answered last, if anything.
    ``points_back``: the turn's form says that it leans on it; else only its shortness does. ``whole``: it is a question of its
    own behind the word that leans ("and what is ...").
    """

    topic: str
    article_id: str | None
    points_back: bool
    whole: bool = False

    def text(self, question: str) -> str:
        """The turn as it is searched in context."""
        return f"{self.topic} {question}"


def context_of(
    question: str, lang: Lang, turns: Sequence[Turn], parameters: ConversationParameters = ConversationParameters()
) -> Context | None:
    """What ``question`` may lean on; None when it stands alone. ``turns``: earlier exchanges, newest last."""
    asked = subjects(turns)
    if not asked:
        return None
    size, pointing = content_size(question), points_back(question)
    if size >= (parameters.long if pointing else parameters.short):
        return None
    if size and not pointing and lang != asked[-1].lang:
        return None  # who changes the language and says what it is about begins anew
    if _SMALL_QUESTION.fullmatch(normalize(question).strip()):
        return None
    whole = bool(_CLAUSE_EN.search(normalize(question))) and not _PRONOUN_EN.search(normalize(question))
    return Context(_topic(asked, parameters), asked[-1].article_id, pointing or size == 0.0, whole)


def holds(
    context: Context,
    alone: Findings,
    within: Findings,
    snapshot: Snapshot,
    parameters: ConversationParameters = ConversationParameters(),
) -> bool:
    """Whether the turn is about its context, from what was found for it ``alone`` and ``within`` the context.

    The odds of two readings of one turn: their confidences, the form of the turn, and whether its own words are in the article
    that is being talked about.
    """
    if not within.hits or alone.features.get("known_wording"):
        return False
    if not alone.hits:
        return True
    if not context.points_back and alone.score >= parameters.sure:
        return False
    if context.whole or not context.points_back:
        article = within.hits[0].article.id
        if _lacking(alone.weights, snapshot, article, strange=parameters.strange) >= parameters.foreign:
            return False
    fit = _share(alone.weights, snapshot, context.article_id) - _share_of_hit(alone)
    odds = parameters.pointing if context.points_back else parameters.plain
    odds += parameters.fit * fit + _logit(within.score) - _logit(alone.score)
    return odds > 0.0


def within_context(
    findings: Findings,
    context: Context,
    alone: Findings,
    snapshot: Snapshot,
    parameters: ConversationParameters = ConversationParameters(),
) -> Findings:
    """``findings`` in context: surer where they stay with the article of the previous answer, less sure where that article has not
    what the turn itself says, or no article has it (``alone`` knows its words).
    """
    if not findings.hits:
        return findings
    article, odds = findings.hits[0].article.id, _logit(findings.score)
    if article == context.article_id:
        odds = min(odds + parameters.staying, max(odds, _logit(_SUREST)))
    if context.points_back:
        odds -= parameters.unknown * _unknown_share(alone.weights, snapshot)
    else:
        odds -= parameters.unheard * _lacking(alone.weights, snapshot, article)
    return replace(findings, score=1.0 / (1.0 + math.exp(-odds)))


def subjects(turns: Sequence[Turn]) -> list[Turn]:
    """The turns that asked something: no thanks, no call for a person, no "still doesn't work"."""
    return [turn for turn in turns if manner_of(turn.question, in_conversation=True) is Manner.QUESTION]


def repeats(question: str, turns: Sequence[Turn]) -> bool:
    """Whether the visitor has asked this before, in the same words."""
    return any(_bare(question) == _bare(turn.question) for turn in turns)


def asked_back(turns: Sequence[Turn]) -> bool:
    """Whether the last reply was a question to the visitor, who is never asked twice for the same thing."""
    return bool(turns) and turns[-1].outcome is Outcome.CLARIFY


def points_back(question: str) -> bool:
    """Whether the words of a turn say that something was said before it."""
    said = normalize(question)
    return bool(
        _OPENING_EN.search(said) or _PRONOUN_EN.search(said) or _OPENING_ZH.search(said) or _PRONOUN_ZH.search(said)
    )


def content_size(question: str) -> float:
    """About how many content words a turn has; a Chinese word of two characters is one term, a longer one is several."""
    return _words(understand(question).content)


def _topic(asked: Sequence[Turn], parameters: ConversationParameters) -> str:
    """The last question that opened a subject: it needed nothing before it, and another article than before answered it.

    A question that was asked back is only complete with the choice that followed.
    """
    for i in range(len(asked) - 1, 0, -1):
        turn, earlier = asked[i], asked[i - 1]
        if turn.article_id is not None and turn.article_id == earlier.article_id:
            continue
        if earlier.outcome is Outcome.CLARIFY and turn.article_id is not None:
            repeated = _bare(turn.question) == _bare(earlier.question)
            return turn.question if repeated else f"{earlier.question} {turn.question}"
        size, pointing = content_size(turn.question), points_back(turn.question)
        moved = turn.article_id is not None and earlier.article_id is not None
        if size >= (parameters.long if pointing else parameters.short) or (moved and size > 0.0 and not pointing):
            return turn.question
    return asked[0].question


def _share(weights: TermWeights, snapshot: Snapshot, article_id: str | None) -> float:
    """Share of the turn's own words that an article has, in [0, 1]."""
    if article_id is None or article_id not in snapshot.rows_of_article:
        return 0.0
    return weights.covered(_terms_of(snapshot, article_id))


def _lacking(weights: TermWeights, snapshot: Snapshot, article_id: str, *, strange: float = 1.0) -> float:
    """About how many of the turn's own words an article lacks, not counting those that only ask for an amount.

    ``strange``: how often a word counts that no article has.
    """
    lacking = weights.weights.keys() - _terms_of(snapshot, article_id) - _ASKING
    unknown = {term for term in lacking if term not in snapshot.lexical.vocabulary}
    return _words(lacking - unknown) + strange * _words(unknown)


def _words(terms: Iterable[str]) -> float:
    return sum(0.7 if count_han(term) else 1.0 for term in terms)


def _terms_of(snapshot: Snapshot, article_id: str) -> set[str]:
    found: set[str] = set()
    for row in snapshot.rows_of_article[article_id]:
        passage = snapshot.passages[row]
        found.update(cached_terms(passage.plain), cached_terms(" ".join(passage.heading_path)))
    return found


def _unknown_share(weights: TermWeights, snapshot: Snapshot) -> float:
    """Share of the turn's own words that no passage has, in [0, 1]."""
    known = (term for term in weights.weights if term in snapshot.lexical.vocabulary)
    return 1.0 - weights.covered(known) if weights.total > 0.0 else 0.0


def _share_of_hit(findings: Findings) -> float:
    passage = findings.hits[0].passage
    return findings.weights.covered([*cached_terms(passage.plain), *cached_terms(" ".join(passage.heading_path))])


def _logit(probability: float) -> float:
    p = min(0.99, max(0.01, probability))
    return math.log(p / (1.0 - p))


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", normalize(text))
