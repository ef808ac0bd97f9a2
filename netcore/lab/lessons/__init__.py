"""The ten lessons, in their order. `model` says what a lesson is, `found` what its checks ask."""
