"""Decisions on credit: from an application to a signed offer, a referral or a refusal, with
reasons, and the same again years later."""
