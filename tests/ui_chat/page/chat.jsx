// A page as the documentation of the AI SDK shows it: useChat, and every part of a message as it comes.
import { useChat } from "@ai-sdk/react";
import { DefaultChatTransport } from "ai";
import { useState } from "react";
import { createRoot } from "react-dom/client";

function Part({ part }) {
  if (part.type === "text") return <p className="text" data-state={part.state}>{part.text}</p>;
  if (part.type === "source-url") return <a className="source" href={part.url}>{part.title}</a>;
  if (part.type === "data-kb") return <i className="outcome" data-conversation={part.data.conversation_id}>{part.data.outcome}</i>;
  return null;
}

function Chat() {
  const [text, setText] = useState("");
  const [finished, setFinished] = useState(0);
  const { messages, sendMessage, status, error, regenerate } = useChat({
    transport: new DefaultChatTransport({ api: `${window.SERVICE}/v1/ui/chat` }),
    onFinish: () => setFinished((n) => n + 1),
  });
  const submit = (event) => {
    event.preventDefault();
    sendMessage({ text });
    setText("");
  };
  return (
    <main data-status={status} data-finished={finished}>
      {messages.map((message) => (
        <section key={message.id} className={message.role}>
          {message.parts.map((part, i) => <Part key={i} part={part} />)}
        </section>
      ))}
      {error && <p role="alert">{error.message}</p>}
      <form onSubmit={submit}>
        <input aria-label="Question" value={text} onChange={(event) => setText(event.target.value)} />
      </form>
      <button onClick={() => regenerate()}>Again</button>
    </main>
  );
}

createRoot(document.getElementById("root")).render(<Chat />);
