-- What was answered from an article, which every replay of a draft asks for.
CREATE INDEX questions_answered ON questions (article_id, at) WHERE outcome = 'answered' AND redactions = 0;
