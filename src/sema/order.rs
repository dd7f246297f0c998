//! An order in which everything comes after what it needs.

/// The order of `0..count` by a depth-first walk, without recursion.
pub(super) struct Order {
    /// Every index once, what it needs before it wherever that is possible.
    pub sequence: Vec<usize>,
    /// Edges (from, to) that close a circle: `to` had to come after `from`, which needs it.
    pub circles: Vec<(usize, usize)>,
}

/// Puts `0..count` in order; where needs leave a choice, the smaller index comes first.
pub(super) fn order(count: usize, needs: &[Vec<usize>]) -> Order {
    let mut walk = Walk { state: vec![State::New; count], order: Order { sequence: Vec::new(), circles: Vec::new() } };
    for root in 0..count {
        walk.from(root, needs);
    }
    walk.order
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

struct Walk {
    state: Vec<State>,
    order: Order,
}

impl Walk {
    fn from(&mut self, root: usize, needs: &[Vec<usize>]) {
        if self.state[root] != State::New {
            return;
        }
        self.state[root] = State::Open;
        let mut stack = vec![(root, 0)];
        while let Some((index, next)) = stack.last_mut() {
            let Some(&need) = needs[*index].get(*next) else {
                self.state[*index] = State::Done;
                self.order.sequence.push(*index);
                stack.pop();
                continue;
            };
            *next += 1;
            match self.state[need] {
                State::New => {
                    self.state[need] = State::Open;
                    stack.push((need, 0));
                }
                State::Open => self.order.circles.push((*index, need)),
                State::Done => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_comes_first_and_circles_are_named() {
        let found = order(4, &[vec![2], vec![], vec![3], vec![2]]);
        assert_eq!(found.sequence, [3, 2, 0, 1]);
        assert_eq!(found.circles, [(3, 2)]);
    }
}
