"""Detective cases: a conversation's capture, and the question whether somebody meddled with it.

`scene` plays a conversation from a seed, `model` says what a case is and judges, `all_cases` has them.
"""
