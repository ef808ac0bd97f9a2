"""Test values in JSON. `published.json`: from standards and other projects, each part naming its source."""
