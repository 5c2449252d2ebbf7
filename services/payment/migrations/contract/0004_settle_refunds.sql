-- The index for captures alone is asked no more.

drop index simulator.operation_key_idx;
