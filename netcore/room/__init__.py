"""Who is in the room and what they may do. Pure: time is passed in, answers come back."""
