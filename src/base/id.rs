//! Typed indexes: an id of one kind cannot be used where another is meant.

/// Declares a 32-bit index type for one kind of thing.
#[macro_export]
macro_rules! typed_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// Makes the id of the thing at `index` of its table.
            ///
            /// # Panics
            /// When a table holds more than `u32::MAX` things, which the limits on source size rule out.
            pub fn new(index: usize) -> Self {
                Self(u32::try_from(index).expect("tables are bounded by the size of a source"))
            }

            /// The position in its table.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}
