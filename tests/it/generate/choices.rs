//! The numbers that decide what a program looks like.

/// Where they end everything is as simple as it can be, so that a program that shows a fault can be made small.
pub struct Choices<'a> {
    numbers: &'a [u16],
    at: usize,
}

impl<'a> Choices<'a> {
    pub fn new(numbers: &'a [u16]) -> Self {
        Self { numbers, at: 0 }
    }

    /// Whether numbers are left.
    pub fn more(&self) -> bool {
        self.at < self.numbers.len()
    }

    pub fn below(&mut self, limit: usize) -> usize {
        let number = self.numbers.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(number) % limit.max(1)
    }

    /// Once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }

    pub fn of<T: Clone>(&mut self, list: &[T]) -> T {
        let index = self.below(list.len());
        list[index].clone()
    }

    /// Some of a list, in any order.
    pub fn some_of<T>(&mut self, mut list: Vec<T>) -> Vec<T> {
        let count = self.below(list.len() + 1);
        (0..count).map(|_| list.swap_remove(self.below(list.len()))).collect()
    }
}
