"""Faults on purpose: a TCP proxy that breaks things, a storm that uses it, a checker that judges."""
