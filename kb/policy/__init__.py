"""When a person takes over, who that is, when they are there, and what is said until then: the rules of ``policy.yaml``.

Pure: a policy is a value, read from bytes and asked about texts. ``kb.policy_file`` watches the file, ``kb.answering`` obeys.
"""

from kb.policy.policy import NO_POLICY, Policy
from kb.policy.rules import Do, Hours, Mood, Referral, Route, Routing, Rule, ShareAlert, Team, Urgency

__all__ = [
    "NO_POLICY",
    "Do",
    "Hours",
    "Mood",
    "Policy",
    "Referral",
    "Route",
    "Routing",
    "Rule",
    "ShareAlert",
    "Team",
    "Urgency",
]
