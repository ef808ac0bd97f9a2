"""LocalChat before it was LocalChat: four small programs, each complete, each on 127.0.0.1 only.

They share no code with today's protocol nor with each other, so that each can be read in one sitting.
"""
