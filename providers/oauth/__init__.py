"""Signing in without a password: providers' grants, own commands, and the tokens that come of them.

`source` is what logs in; `microsoft` and `google` know how grants are got and renewed, `commands` how a person's own
program gives a secret. Must not keep anything but through a SecretBox, and must not show anything to anybody.
"""
