"""All tables, so that one import fills the metadata."""

from app.models.feedback import Feedback, Helped, Met
from app.models.organiser import AuditEntry, KeptAnswer, OrganiserKey, Scope
from app.models.outbox import (
    OF_A_ROUND,
    OPEN_STATES,
    Channel,
    DomainPace,
    MailEvent,
    MailEventKind,
    MailKind,
    MailState,
    OutgoingMail,
    Suppression,
    SuppressionReason,
)
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
from app.models.running import Instance, Worker

__all__ = [
    "ACQUAINTED",
    "OF_A_ROUND",
    "OPEN_STATES",
    "AuditEntry",
    "Block",
    "BlockedAddress",
    "Channel",
    "DomainPace",
    "Feedback",
    "Group",
    "Helped",
    "Instance",
    "KeptAnswer",
    "MailEvent",
    "MailEventKind",
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
    "Suppression",
    "SuppressionReason",
    "Team",
    "Topic",
    "TopicKind",
    "Worker",
]
