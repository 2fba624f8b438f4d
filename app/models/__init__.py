"""All tables, so that one import fills the metadata."""

from app.models.feedback import Feedback, Met
from app.models.organiser import AuditEntry, KeptAnswer, OrganiserKey, Scope
from app.models.outbox import OPEN_STATES, Channel, MailKind, MailState, OutgoingMail
from app.models.participant import (
    ACQUAINTED,
    Block,
    BlockedAddress,
    MailedLink,
    Participant,
    ParticipantState,
    PastMeeting,
    Purpose,
    Topic,
    TopicKind,
)
from app.models.programme import Organisation, Programme, ProgrammeState, Team
from app.models.round import Group, Placement, Round, RoundState, ShadowPlacement

__all__ = [
    "ACQUAINTED",
    "OPEN_STATES",
    "AuditEntry",
    "Block",
    "BlockedAddress",
    "Channel",
    "Feedback",
    "Group",
    "KeptAnswer",
    "MailKind",
    "MailState",
    "MailedLink",
    "Met",
    "Organisation",
    "OrganiserKey",
    "OutgoingMail",
    "Participant",
    "ParticipantState",
    "PastMeeting",
    "Placement",
    "Programme",
    "ProgrammeState",
    "Purpose",
    "Round",
    "RoundState",
    "Scope",
    "ShadowPlacement",
    "Team",
    "Topic",
    "TopicKind",
]
