"""Check on a real account what is assumed about Buffer, with drafts alone.

Nothing here is ever published: every post that is asked for is a draft, and every
draft is deleted again.
"""
