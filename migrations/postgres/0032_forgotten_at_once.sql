-- What has ended by itself is forgotten every hour, and found without a look at all the rest.
create index sessions_expiry on sessions (expires_at);
create index proofs_expiry on proofs (expires_at);
