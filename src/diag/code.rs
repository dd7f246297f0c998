//! The catalogue of codes. Numbers are never reused; each has a page in `codes/`.
//!
//! Families: 00xx syntax, 01xx names, 02xx types and presence, 03xx graph, 04xx policies, 05xx agents, 06xx labels and
//! effects, 07xx tests and properties, 08xx runs, 09xx files and configuration.

use super::Severity;

macro_rules! codes {
    ($($code:ident $severity:ident $title:literal)*) => {
        /// A stable code of a diagnostic.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $title] $code,)*
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Code] = &[$(Code::$code,)*];

            /// The code as it is printed: `WF0102`.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$code => stringify!($code),)* }
            }

            /// A title in words.
            pub fn title(self) -> &'static str {
                match self { $(Code::$code => $title,)* }
            }

            /// What it is unless configured otherwise.
            pub fn severity(self) -> Severity {
                match self { $(Code::$code => Severity::$severity,)* }
            }

            /// The page that `wfc explain` prints.
            pub fn page(self) -> &'static str {
                match self { $(Code::$code => include_str!(concat!("codes/", stringify!($code), ".md")),)* }
            }
        }
    };
}

codes! {
    WF0001 Error "Something else is expected here"
    WF0002 Error "A bracket is never closed"
    WF0003 Error "A string is never closed"
    WF0004 Error "Unknown escape in a string"
    WF0005 Error "A number that cannot be read"
    WF0006 Error "A unit that cannot be read"
    WF0007 Error "Nested too deeply"
    WF0008 Error "A clause stands twice"
    WF0009 Error "`return` stands last and once"
    WF0010 Error "Comparisons do not chain"
    WF0011 Error "A reserved word as a name"
    WF0012 Error "A clause that cannot stand here"
    WF0013 Error "Not a text that `wfc` can read"
    WF0014 Error "Invisible or direction-changing characters"
    WF0015 Error "A positional argument after a named one"
    WF0016 Error "No interpolation here"
    WF0017 Error "Spelling of another language"
    WF0018 Warning "Invisible characters in a text"
    WF0090 Error "A construct that is not carried out yet"

    WF0101 Error "A name is declared twice"
    WF0102 Error "Unknown name"
    WF0103 Error "Unknown type"
    WF0104 Error "Unknown action"
    WF0105 Error "Unknown field"
    WF0106 Error "Unknown argument"
    WF0107 Error "Unknown function"
    WF0108 Error "An import that names nothing"
    WF0109 Error "Imports go in a circle"
    WF0110 Error "A field stands twice"
    WF0111 Error "A name that is taken"
    WF0112 Warning "Unusual spelling of a name"
    WF0113 Warning "Never used"
    WF0114 Error "Unknown failure class"
    WF0115 Error "A call that has to be a stage"
    WF0116 Error "A name that cannot be seen from here"
    WF0117 Error "A constant that needs itself"
    WF0130 Warning "Names that differ in capital letters only"

    WF0201 Error "The types do not fit"
    WF0202 Error "A value that may be absent"
    WF0203 Error "A `match` with a missing arm"
    WF0204 Error "An arm that never matches"
    WF0205 Error "Wrong number of arguments"
    WF0206 Error "An operator on the wrong types"
    WF0207 Error "A value that has no text"
    WF0208 Error "A type that contains itself"
    WF0209 Error "A record with the wrong fields"
    WF0210 Error "An `as` that cannot fit"
    WF0211 Error "A comparison that is always false"
    WF0212 Warning "A condition that never changes"
    WF0213 Warning "A guard against absence that is not needed"
    WF0214 Error "A union of types that cannot be told apart"
    WF0215 Error "The result of a workflow is missing"
    WF0216 Error "A calculation that always fails"

    WF0301 Error "Stages wait in a circle"
    WF0302 Warning "A stage that can never run"
    WF0303 Warning "A stage whose result nobody uses"
    WF0304 Error "Workflows call each other in a circle"
    WF0305 Warning "Two writes that race"
    WF0306 Error "An early exit that waits for what it guards"
    WF0307 Error "A failure that cannot be observed here"
    WF0308 Error "A statement that cannot stand here"
    WF0309 Warning "A failure that nobody notices"

    WF0401 Error "A retry that could repeat a write"
    WF0402 Error "A limit longer than the one around it"
    WF0403 Error "A count out of range"
    WF0404 Error "More attempts or rounds than there is time for"
    WF0405 Error "A wait without an end"
    WF0406 Error "A clause that has no meaning here"
    WF0407 Error "A class that cannot be named here"
    WF0408 Error "A duration out of range"
    WF0409 Error "A back-off that cannot be read"
    WF0410 Warning "A handler that never applies"
    WF0411 Error "A question without an answer, or with two"
    WF0412 Error "Unknown role"
    WF0413 Error "Effects in a race"
    WF0414 Error "Nothing that can be undone"
    WF0415 Error "A result that cannot be kept"
    WF0416 Error "Locks in the wrong order"
    WF0417 Warning "A lock that is held while somebody is waited for"
    WF0418 Error "A budget that cannot be held"

    WF0501 Error "Unknown kind of agent"
    WF0502 Error "Unknown setting"
    WF0503 Error "A setting is missing"
    WF0504 Error "A setting of the wrong form"
    WF0505 Error "An action that states too little"
    WF0506 Error "Text that becomes a script"
    WF0507 Error "Tools that lead back to their model"
    WF0508 Error "Effects weaker than those of the tools"
    WF0509 Error "An action that cannot be a tool"
    WF0510 Error "A probe that cannot tell"
    WF0511 Error "An answer that cannot be used again"
    WF0512 Error "A model that endorses"
    WF0513 Error "Settings that exclude each other"
    WF0514 Error "An address that cannot be used"
    WF0515 Error "A result that the kind cannot give"
    WF0516 Warning "A word that only a shell would expand"

    WF0530 Error "An action of the interface is missing"
    WF0531 Error "An action that does not fit its interface"
    WF0532 Error "Stronger effects than the interface allows"
    WF0533 Error "An agent that does not implement the interface"
    WF0534 Error "A pool with the wrong members"
    WF0535 Error "A capability that no agent has"
    WF0540 Error "A cron expression that cannot be read"
    WF0541 Error "A schedule that never starts anything"
    WF0542 Error "Unknown time zone"
    WF0543 Error "A workflow that no schedule can start"

    WF0601 Error "A secret in the wrong place"
    WF0602 Error "A label that cannot stand here"
    WF0603 Error "Looks like a credential"
    WF0604 Error "Untrusted data in a trusted place"
    WF0605 Error "An approval is missing"
    WF0606 Error "Untrusted data decides what cannot be taken back"
    WF0607 Warning "Nobody approves what cannot be taken back"
    WF0608 Error "An approved value is replaced"
    WF0609 Error "Not the name of a secret"

    WF0701 Error "A test runs one workflow"
    WF0702 Error "A test that expects nothing of its run"
    WF0703 Error "A mock of what asks nobody"
    WF0704 Error "A mock that cannot answer like this"
    WF0705 Error "A mock that never answers"
    WF0706 Error "A question about a run that has no answer"
    WF0707 Error "Mocks beside a replay"
    WF0708 Error "A property that speaks of no stage"

    WF0801 Error "A stage failed"
    WF0802 Error "An input does not fit"
    WF0803 Error "An answer does not fit its type"
    WF0804 Error "A calculation failed"
    WF0805 Error "A process ended badly"
    WF0806 Error "Nobody knows whether it happened"
    WF0820 Error "An expectation that does not hold"
    WF0821 Error "Nothing answers in a test"
    WF0822 Error "A mock that answered nothing"
    WF0823 Error "A test that does not come to an end"
    WF0824 Error "A crash that changes the end"
    WF0825 Error "A recorded run that does not fit its test"

    WF0901 Error "A file cannot be read"
    WF0902 Error "A path that leaves the project"
    WF0903 Error "`wf.toml` cannot be used as it is"
    WF0904 Error "There is no workflow"
    WF0905 Error "Several workflows, none named"
    WF0906 Warning "An `allow` without a reason"
    WF0907 Warning "An `allow` that silences nothing"
    WF0908 Error "An `allow` of what is no lint"
}

impl Code {
    /// The code of a text like `WF0102`, in any case, with or without `WF`.
    pub fn parse(text: &str) -> Option<Code> {
        let upper = text.to_ascii_uppercase();
        let number = upper.strip_prefix("WF").unwrap_or(&upper);
        Self::ALL.iter().copied().find(|code| code.as_str().strip_prefix("WF") == Some(number))
    }
}
