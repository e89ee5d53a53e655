"""Doors in the shape of OpenAI's API, for chat programs and bots that speak nothing else.

The shapes are those of https://github.com/openai/openai-openapi, as the `openai` client reads them; ``kb`` holds our own answer.
"""
