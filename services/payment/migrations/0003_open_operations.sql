-- What the provider has not answered: few at any time, and asked for by whoever watches.
create index operation_open on operation (kind, account) where outcome = 'OPEN';
