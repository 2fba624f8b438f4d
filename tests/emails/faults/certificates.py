"""Certificates that nobody should trust, and servers that speak only what is out of date."""

import ssl
import warnings
from datetime import UTC, datetime, timedelta

import trustme


def context_for(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """A server's side of TLS with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def bad_context(fault: str, authority: trustme.CA) -> ssl.SSLContext:
    """A server's side of TLS that must not be trusted: `wrong name`, `expired`, `not yet valid`, `self-signed`,
    `somebody else's authority`, `TLS 1.0` or `TLS 1.1`.
    """
    if fault.startswith("TLS"):
        return _old(context_for(authority.issue_cert("127.0.0.1")), fault)
    now, day = datetime.now(UTC), timedelta(days=1)
    if fault == "wrong name":
        return context_for(authority.issue_cert("other.example.org"))
    if fault == "expired":
        return context_for(authority.issue_cert("127.0.0.1", not_after=now - day))
    if fault == "not yet valid":
        return context_for(authority.issue_cert("127.0.0.1", not_before=now + day))
    stranger = trustme.CA()
    if fault == "self-signed":
        # signed by a key that comes along: the chain ends in itself, and nobody vouches for it
        return _self_signed(stranger)
    return context_for(stranger.issue_cert("127.0.0.1"))


def _self_signed(stranger: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with stranger.cert_pem.tempfile() as certificate, stranger.private_key_pem.tempfile() as key:
        context.load_cert_chain(certificate, key)
    return context


def _old(context: ssl.SSLContext, version: str) -> ssl.SSLContext:
    context.set_ciphers("ALL:@SECLEVEL=0")
    only = {"TLS 1.0": ssl.TLSVersion.TLSv1, "TLS 1.1": ssl.TLSVersion.TLSv1_1}[version]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = only
        context.maximum_version = only
    return context
