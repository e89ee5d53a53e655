"""What all doors for chat programs share: which message is the question, what is said to it, and how that is streamed."""
