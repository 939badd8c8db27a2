"""What readers are told: every query is bound by a Scope in its SQL ([R2], Z5). Read-only, over one snapshot a call.

Must not decide: rules come in as functions, and what an id may open is the Scope's word alone.
"""
