//! Where instances and calls are, and the keys that this gives.

/// Where an instance is: what its keys begin with, and whether it is the run itself.
pub struct Inside {
    pub path: String,
    pub top: bool,
}

/// Where a call is.
#[derive(Clone)]
pub struct At<'s> {
    pub inside: &'s str,
    pub stage: &'s str,
    /// `@arm1`.
    pub site: String,
    pub item: Option<usize>,
    pub round: Option<u32>,
}

impl At<'_> {
    pub fn key(&self, known: u32) -> String {
        let dash = |number: Option<String>| number.unwrap_or_else(|| "-".into());
        let round = dash(self.round.map(|round| round.to_string()));
        let item = dash(self.item.map(|item| item.to_string()));
        format!("K/{}{}{}/{round}/{item}/0/{known}", self.inside, self.stage, self.site)
    }

    pub fn inner(&self, attempt: u32) -> String {
        let item = self.item.map(|item| format!("[{item}]")).unwrap_or_default();
        let round = self.round.map(|round| format!("#{round}")).unwrap_or_default();
        format!("{}{}{}{item}{round}~{attempt}.", self.inside, self.stage, self.site)
    }
}
