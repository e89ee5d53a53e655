"""The door for assistants: the tools and resources of the Model Context Protocol, over HTTP and over stdin and stdout."""
