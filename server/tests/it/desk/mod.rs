//! The staff's desk: who may see and do what, and that everything done is written down.

mod audit_log;
mod overview;
