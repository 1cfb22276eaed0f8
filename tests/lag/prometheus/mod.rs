//! The rules of `deploy/prometheus` against ours: the same traces go through `core::lag` and, as metrics, through promtool.

mod agreement;
mod claim;
mod promtool;
mod series;
mod trace;
