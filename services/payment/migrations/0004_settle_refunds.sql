-- Refunds are settled as captures are.

create index on simulator.operation (key)
    where settlement_id is null and state = 'SUCCEEDED' and kind in ('SALE', 'CAPTURE', 'REFUND');
