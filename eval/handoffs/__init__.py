"""Hand-overs through a server that is killed, to receivers that fail: does each arrive once?

``python -m eval.handoffs --count 1000`` starts the real server as a process, kills it again and again, keeps its database busy, and
lets four kinds of receivers refuse, hang, trickle, cut the line after having done what was asked, and restart.
"""
