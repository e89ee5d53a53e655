"""The door for web pages made with the AI SDK: its UI message stream (ai-sdk.dev, "Stream Protocols"), as of `ai` 5 and 6."""
