"""What has to be set again when the zoom or the theme changes: paddings, sizes, and callbacks.

Tk keeps the pixels it was given; fonts and ttk styles follow a change by themselves, single paddings do not.
Everything registered here lives as long as its widget: it is forgotten on the widget's <Destroy>.
"""

import tkinter as tk
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

Setter = Callable[[], None]

# Options whose numbers are lengths at 100 %.
_LENGTHS = frozenset({"padx", "pady", "ipadx", "ipady", "padding", "width", "height", "wraplength", "minsize",
                      "pad"})


def scaled(value: Any, px: Callable[[float], int]) -> Any:
    """A length at 100 %, or each of a tuple of them, as pixels by `px`; anything else unchanged."""
    if isinstance(value, tuple | list):
        return tuple(scaled(part, px) for part in value)
    return px(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def scaled_options(options: dict[str, Any], px: Callable[[float], int]) -> dict[str, Any]:
    return {name: scaled(value, px) if name in _LENGTHS else value for name, value in options.items()}


class Restyler(ABC):
    """Registry of lengths and callbacks. Lengths are given at 100 %."""

    def __init__(self) -> None:
        self._setters: dict[str, dict[object, Callable[[Callable[[float], int]], None]]] = {}
        self._callbacks: dict[str, list[Setter]] = {}
        self._watched: set[str] = set()

    @abstractmethod
    def px(self, length: float) -> int:
        """A length at 100 % in screen pixels."""

    def pack(self, widget: tk.Widget, **options: Any) -> None:
        """`widget.pack(...)` whose paddings are lengths at 100 % and follow the zoom."""
        widget.pack(**scaled_options(options, self.px))
        self._managed(widget, "pack", options)

    def grid(self, widget: tk.Widget, **options: Any) -> None:
        """`widget.grid(...)` whose paddings are lengths at 100 % and follow the zoom."""
        widget.grid(**scaled_options(options, self.px))
        self._managed(widget, "grid", options)

    def configure(self, widget: tk.Misc, **options: Any) -> None:
        """`widget.configure(...)` whose lengths (padding, width, height, wraplength) follow the zoom."""
        def setter(px: Callable[[float], int]) -> None:
            widget.configure(**scaled_options(options, px))

        setter(self.px)
        self._keep(widget, ("configure", *sorted(options)), setter)

    def column(self, parent: tk.Misc, index: int, **options: Any) -> None:
        """`parent.columnconfigure(index, ...)` whose minsize and pad follow the zoom."""
        def setter(px: Callable[[float], int]) -> None:
            parent.columnconfigure(index, **scaled_options(options, px))

        setter(self.px)
        self._keep(parent, ("column", index), setter)

    def row(self, parent: tk.Misc, index: int, **options: Any) -> None:
        """`parent.rowconfigure(index, ...)` whose minsize and pad follow the zoom."""
        def setter(px: Callable[[float], int]) -> None:
            parent.rowconfigure(index, **scaled_options(options, px))

        setter(self.px)
        self._keep(parent, ("row", index), setter)

    def on_change(self, callback: Setter, owner: tk.Misc | None = None) -> None:
        """Run `callback` after every change of zoom or theme, until its widget is destroyed.

        The widget is `owner`, or the object whose bound method the callback is; else it runs for ever.
        """
        widget = owner if owner is not None else getattr(callback, "__self__", None)
        key = str(widget) if isinstance(widget, tk.Misc) else ""
        self._callbacks.setdefault(key, []).append(callback)
        if isinstance(widget, tk.Misc):
            self._watch(widget)

    def reapply(self, px: Callable[[float], int]) -> None:
        """Set every registered length anew, then run the callbacks; one may destroy another's widget."""
        for path in list(self._setters):
            for setter in list(self._setters.get(path, {}).values()):
                setter(px)
        for path in list(self._callbacks):
            for callback in list(self._callbacks.get(path, ())):
                callback()

    def _managed(self, widget: tk.Widget, manager: str, options: dict[str, Any]) -> None:
        lengths = {name: value for name, value in options.items() if name in _LENGTHS}
        if not lengths:
            return

        def setter(px: Callable[[float], int]) -> None:
            if widget.winfo_manager() == manager:  # One hidden by *_forget must not come back.
                place = widget.pack_configure if manager == "pack" else widget.grid_configure
                place(**scaled_options(lengths, px))

        self._keep(widget, "place", setter)

    def _keep(self, widget: tk.Misc, key: object, setter: Callable[[Callable[[float], int]], None]) -> None:
        self._setters.setdefault(str(widget), {})[key] = setter
        self._watch(widget)

    def _watch(self, widget: tk.Misc) -> None:
        path = str(widget)
        if path not in self._watched:
            self._watched.add(path)
            widget.bind("<Destroy>", lambda event: self._forget(str(event.widget), path), add=True)

    def _forget(self, destroyed: str, path: str) -> None:
        # A window's binding also hears of its children's end.
        if destroyed == path:
            self._watched.discard(path)
            self._setters.pop(path, None)
            self._callbacks.pop(path, None)
