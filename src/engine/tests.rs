//! Runs on a virtual clock, with scripted agents and a store in memory: no real time, process or network.

mod basics;
mod plans;
mod world;
