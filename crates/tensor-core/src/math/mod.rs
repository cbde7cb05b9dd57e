//! Elementary functions over fused multiply-add: the same bits on every CPU that has it.
