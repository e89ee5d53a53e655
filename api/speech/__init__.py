"""What an answer says where there is no page to show it: to a chat program, an assistant, a messenger, a telephone."""
