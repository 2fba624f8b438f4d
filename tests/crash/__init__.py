"""Kills real processes at every named moment, lets the service finish, and judges by the mail server's own journal."""
