//! What a shopping cart costs, in cents.

/// Some pieces of one article.
pub struct Line {
    /// Price of a piece.
    pub price: u64,
    /// How many.
    pub count: u64,
}

/// What all lines cost.
pub fn subtotal(lines: &[Line]) -> u64 {
    lines.iter().map(|line| line.price * line.count).sum()
}

/// Ten per cent, for orders of at least 100.00.
pub fn discount(subtotal: u64) -> u64 {
    if subtotal > 10_000 {
        subtotal / 10
    } else {
        0
    }
}

/// Free for orders of at least 50.00.
pub fn shipping(subtotal: u64) -> u64 {
    if subtotal >= 5_000 {
        0
    } else {
        490
    }
}

/// What is to be paid.
pub fn total(lines: &[Line]) -> u64 {
    let sum = subtotal(lines);
    let reduced = sum - discount(sum);
    reduced + shipping(reduced)
}
