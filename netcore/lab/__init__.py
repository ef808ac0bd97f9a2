"""The laboratory's part of the network stack: it shows a conversation's bytes. Loaded when it is opened."""
