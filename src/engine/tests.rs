//! Runs on a virtual clock, with scripted agents and a store in memory: no real time, process or network.

#![expect(missing_docs, reason = "names say it; nothing outside the tests sees them")]

mod aside;
mod basics;
mod budgets;
mod cached;
mod crash;
mod events;
mod exports;
mod failures;
mod files;
mod formats;
mod lacking;
mod locks;
mod moves;
mod nesting;
mod order;
mod outlook;
mod people;
mod plans;
mod pooled;
mod pools;
mod prefixes;
mod probes;
mod races;
mod random;
mod rates;
mod reference;
mod residues;
mod retries;
mod table;
mod times;
mod undo;
mod undo_added;
mod unsupported;
mod world;
