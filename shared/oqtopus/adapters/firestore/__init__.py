"""The stores of production: Google Cloud Firestore, or its emulator.

A document that many write at once is never read and then written in a transaction, which is slow in production and
livelocks in the emulator: counters are incremented blindly and judged by what the commit returns, and other states
are replaced only if nothing came between (`documents.Update` with a version), again and again with jitter.
"""
