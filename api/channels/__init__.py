"""An answer as a message of each messenger: one renderer for each platform, within its limits.

Pure: an answer document goes in, the JSON that the platform's own API takes comes out. All say what ``api.speech`` says.
"""

from api.channels.rendering import CHANNELS, Channel, render

__all__ = ["CHANNELS", "Channel", "render"]
