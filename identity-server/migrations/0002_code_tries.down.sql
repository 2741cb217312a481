DROP TABLE code_tries;
