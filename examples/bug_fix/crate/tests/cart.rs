//! What customers were promised.

use cart::{total, Line};

fn lines(price: u64, count: u64) -> Vec<Line> {
    vec![Line { price, count }]
}

#[test]
fn a_small_order_pays_shipping() {
    assert_eq!(total(&lines(1_000, 2)), 2_490);
}

#[test]
fn a_larger_order_is_sent_for_nothing() {
    assert_eq!(total(&lines(2_500, 2)), 5_000);
}

#[test]
fn a_large_order_is_reduced() {
    assert_eq!(total(&lines(5_000, 3)), 13_500);
}

#[test]
fn an_order_of_exactly_one_hundred_is_reduced() {
    assert_eq!(total(&lines(2_500, 4)), 9_000);
}

#[test]
fn an_empty_cart_pays_shipping() {
    assert_eq!(total(&[]), 490);
}
