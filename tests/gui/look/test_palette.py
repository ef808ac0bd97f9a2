"""Contrast of every pair of colours that the windows use, WCAG 2: 4.5 for text, 3.0 for what is no text."""

import pytest

from gui.look.palette import DARK, DISCS, LIGHT, Palette

TEXT_PAIRS = [
    ("ink", "surface"), ("ink", "window"), ("ink", "soft"), ("ink", "whisper_soft"), ("ink", "danger_soft"),
    ("ink", "warn_soft"), ("ink", "select"), ("ink2", "surface"), ("ink2", "window"), ("ink2", "sunken"),
    ("ink3", "surface"), ("ink3", "window"), ("ink3", "sunken"), ("ink3", "soft"), ("ink3", "whisper_soft"),
    ("accent", "surface"), ("accent", "window"), ("accent", "soft"), ("on_accent", "accent"),
    ("on_accent", "accent_hover"), ("whisper", "surface"), ("whisper", "whisper_soft"), ("danger", "surface"),
    ("danger", "danger_soft"), ("danger", "soft"), ("warn", "surface"), ("warn", "warn_soft"),
    ("warn", "soft"), ("on_strong", "danger"), ("on_strong", "whisper"), ("on_strong", "whisper_hover"),
    ("on_tip", "tip"),
]


def luminance(colour: str) -> float:
    parts = [int(colour[start:start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    bright, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.name)
def test_text_can_be_read_on_its_grounds(palette: Palette) -> None:
    for text, ground in TEXT_PAIRS:
        assert contrast(palette.colour(text), palette.colour(ground)) >= 4.5, (text, ground)
    for name, layer in palette.layers.items():
        assert contrast(layer.text, layer.tint) >= 4.5, name
        assert contrast(palette.surface, layer.text) >= 4.5, name


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.name)
def test_outlines_can_be_seen(palette: Palette) -> None:
    for line in ("edge", "accent", "danger", "whisper"):
        for ground in ("surface", "window"):
            assert contrast(palette.colour(line), palette.colour(ground)) >= 3.0, (line, ground)


def test_initials_can_be_read_on_every_disc_and_segment() -> None:
    for disc, segment in DISCS:
        assert contrast("#FFFFFF", disc) >= 4.5
        assert contrast("#FFFFFF", segment) >= 4.5


def test_a_role_that_is_no_colour_is_refused() -> None:
    assert LIGHT.colour("#123456") == "#123456"
    for wrong in ("nonsense", "layers"):
        with pytest.raises(AttributeError):
            LIGHT.colour(wrong)
