"""Where requests for a person go besides the desk: mailboxes, webhooks of their own, and ticket systems, each once.

``naming`` reads the settings, the other modules deliver. A destination is tried again until it has the request, and asked first
whether it has it already, where an attempt ended without an answer.
"""

from api.destinations.naming import Destination, destinations_of, resolve

__all__ = ["Destination", "destinations_of", "resolve"]
