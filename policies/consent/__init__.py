"""Who must agree, or be told, before a conversation is recorded: the law as data, and a decision."""
