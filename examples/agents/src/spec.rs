//! The specification that travels from the builder to the implementer.

use serde::{Deserialize, Serialize};

use crate::rule::Rule;

/// What is to be built, and how it is told whether it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Name of the crate.
    pub id: String,
    /// The feature as it was asked for.
    pub feature: String,
    /// One sentence.
    pub summary: String,
    /// `low` or `high`.
    pub risk: String,
    /// Why.
    pub risk_because: String,
    /// Name of the type of an entry.
    pub entity: String,
    /// Its fields, each with a way to make good values.
    pub fields: Vec<Field>,
    /// What must hold.
    pub rules: Vec<Rule>,
    /// What is tried.
    pub cases: Vec<Case>,
    /// Requirements that were not understood.
    pub open: Vec<String>,
}

/// A field. `stem` followed by a number of `width` digits keeps every rule, and differs from number to number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The beginning of a good value.
    pub stem: String,
    /// How many digits follow.
    pub width: u32,
}

/// One acceptance test: after so many good entries one more is offered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Name of the test.
    pub name: String,
    /// Position of the rule that it tries.
    pub rule: u32,
    /// Good entries that come first, numbered from 0.
    pub before: u32,
    /// The field of the offered entry that is set; empty where all are good.
    pub field: String,
    /// What it is set to.
    pub value: String,
    /// Whether the entry must be taken.
    pub accepted: bool,
}

impl Field {
    /// The good value of this number.
    pub fn good(&self, number: u32) -> String {
        let width = self.width as usize;
        if width == 0 { self.stem.clone() } else { format!("{}{number:0width$}", self.stem) }
    }
}
