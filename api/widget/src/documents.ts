/** Shapes of the public API as far as the conversation reads them (`kb/documents.py` writes them). */

/** Code points, not UTF-16 units; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A quoted place; suggestions have no `answer_spans`. */
export interface Source {
  readonly n: number;
  readonly article_id: string;
  readonly title: string;
  readonly heading_path: readonly string[];
  readonly url: string;
  readonly highlight_url: string;
  readonly quote: string;
  readonly lang: string;
  readonly last_reviewed_on: string | null;
  readonly stale: boolean;
  readonly answer_spans?: readonly Span[];
}

export interface Option {
  readonly id: string;
  readonly label: string;
}

export type Outcome = 'answered' | 'suggested' | 'clarify' | 'no_answer' | 'handoff';

/** The answer document. */
export interface Answer {
  readonly id: string;
  readonly conversation_id: string;
  readonly question: { readonly text: string; readonly lang: string; readonly redactions: number };
  readonly outcome: Outcome;
  readonly reason: { readonly code: string } | null;
  readonly lang: string;
  /** Said before the answer: understanding, or opening hours. Older servers do not have it. */
  readonly preface?: string | null;
  readonly answer: { readonly markdown: string; readonly html: string; readonly text: string } | null;
  readonly citations: readonly Source[];
  readonly confidence: { readonly score: number; readonly level: 'high' | 'medium' | 'low' | 'none' };
  readonly options: readonly Option[];
  readonly suggestions: readonly Source[];
  readonly actions: readonly { readonly label: string; readonly url: string }[];
  readonly related: readonly { readonly article_id: string; readonly title: string; readonly url: string }[];
  /** `accepts`: `POST /v1/handoffs` reaches somebody; older servers do not say. */
  readonly handoff: { readonly message: string; readonly contact_url?: string | null; readonly accepts?: boolean };
  readonly feedback_token: string;
  readonly gap_id: string | null;
}

/** What one exchange left behind; `answer` is null when it failed, was stopped, or is under way. */
export interface Exchange {
  readonly question: string;
  answer: Answer | null;
}
