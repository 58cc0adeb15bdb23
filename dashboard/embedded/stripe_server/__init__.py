"""A stand-in for Stripe, which nobody can reach from a laptop: the documented HTTP protocol over a ledger of its own.

What the Desk asks of Stripe works as documented: payment intents, charges, refunds, disputes, balance transactions,
payouts, checkout sessions, customers and events; lists with cursors and ``created`` ranges; ``expand``; idempotency
keys; signed webhooks with retries; and, on demand, Stripe's failures. Nothing here is known to the Desk itself, which
speaks to it through the ``stripe`` library as it speaks to the real one.
"""
