//! What every other module stands on: places in sources, typed ids, units, the door to the outside.
//!
//! Knows nothing of workflows.

pub mod aside;
pub mod id;
pub mod nearest;
pub mod profile;
pub mod source;
pub mod span;
pub mod stack;
pub mod table;
pub mod text;
pub mod unit;
pub mod world;
