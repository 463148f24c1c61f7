//! A mix of operations: how often each is chosen, as weights.
//! Choosing allocates nothing and calls nothing, so a worker may do it in its loop.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Operation;

/// Weights of operations; only their ratio counts. At least one is above 0.
///
/// Serialised: an object from operation name to weight, every operation present.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "BTreeMap<String, f64>", into = "BTreeMap<String, f64>", bound = "Op: Operation")]
#[schemars(with = "BTreeMap<String, f64>")]
pub struct Mix<Op> {
    /// One for each of `Op::ALL`, in its order.
    weights: Vec<f64>,
    operation: PhantomData<Op>,
}

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MixError {
    #[error("unknown operation `{0}`")]
    UnknownOperation(String),
    /// A negative, infinite or undefined weight.
    #[error("the weight of `{operation}` is {weight}; it must be 0 or more")]
    BadWeight { operation: String, weight: f64 },
    #[error("every weight is 0; at least one operation must have more")]
    AllZero,
}

impl<Op: Operation> Mix<Op> {
    /// A mix of these weights; operations not named weigh 0, of two with the same name the later counts.
    /// Errors: A weight below 0 or not finite, or a sum of 0.
    pub fn new(given: &[(Op, f64)]) -> Result<Self, MixError> {
        let mut weights = vec![0.0; Op::ALL.len()];
        for &(operation, weight) in given {
            if !(weight.is_finite() && weight >= 0.0) {
                return Err(MixError::BadWeight { operation: operation.name().to_owned(), weight });
            }
            weights[operation.index()] = weight;
        }
        let sum: f64 = weights.iter().sum();
        if sum > 0.0 && sum.is_finite() { Ok(Self { weights, operation: PhantomData }) } else { Err(MixError::AllZero) }
    }

    /// The operations with their weights, in stable order, those of weight 0 included.
    pub fn weights(&self) -> impl Iterator<Item = (Op, f64)> + '_ {
        Op::ALL.iter().copied().zip(self.weights.iter().copied())
    }

    /// The fraction of choices that fall on this operation, 0 to 1.
    pub fn fraction(&self, operation: Op) -> f64 {
        self.weights[operation.index()] / self.weights.iter().sum::<f64>()
    }

    pub fn contains(&self, operation: Op) -> bool {
        self.weights[operation.index()] > 0.0
    }

    /// The operation, none of weight 0, that a uniform random number from 0 (included) to 1 (excluded) falls on.
    pub fn choose(&self, uniform: f64) -> Op {
        let mut left = uniform * self.weights.iter().sum::<f64>();
        let mut chosen = None;
        for (operation, weight) in self.weights() {
            if weight > 0.0 {
                chosen = Some(operation);
                if left < weight {
                    break;
                }
                left -= weight;
            }
        }
        // A rounding error may lead past the last weight: then it is the last operation.
        chosen.unwrap_or(Op::ALL[0])
    }
}

impl<Op: Operation> TryFrom<BTreeMap<String, f64>> for Mix<Op> {
    type Error = MixError;

    fn try_from(by_name: BTreeMap<String, f64>) -> Result<Self, MixError> {
        let find = |(name, weight): (String, f64)| {
            Op::from_name(&name).map(|op| (op, weight)).ok_or(MixError::UnknownOperation(name))
        };
        Self::new(&by_name.into_iter().map(find).collect::<Result<Vec<_>, _>>()?)
    }
}

impl<Op: Operation> From<Mix<Op>> for BTreeMap<String, f64> {
    fn from(mix: Mix<Op>) -> Self {
        mix.weights().map(|(operation, weight)| (operation.name().to_owned(), weight)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::ReaderOperation::{self, List, Lookup, Noop};

    #[test]
    fn choices_follow_the_weights_and_never_hit_a_zero() {
        let mix = Mix::new(&[(Lookup, 3.0), (Noop, 1.0)]).unwrap();
        let count = |wanted| (0..1000).filter(|n| mix.choose(f64::from(*n) / 1000.0) == wanted).count();
        assert_eq!((count(Lookup), count(List), count(Noop)), (750, 0, 250));
        assert_eq!(mix.choose(1.0), Noop);
        assert_eq!(mix.fraction(Lookup), 0.75);
        assert!(!mix.contains(List));
    }

    #[test]
    fn impossible_weights_are_refused() {
        assert_eq!(Mix::<ReaderOperation>::new(&[]), Err(MixError::AllZero));
        assert!(matches!(Mix::new(&[(List, -1.0)]), Err(MixError::BadWeight { .. })));
        assert!(matches!(Mix::new(&[(List, f64::NAN)]), Err(MixError::BadWeight { .. })));
        assert!(serde_json::from_str::<Mix<ReaderOperation>>(r#"{"store": 1}"#).is_err());
    }

    #[test]
    fn serialised_it_names_every_operation() {
        let mix = Mix::new(&[(Lookup, 90.0), (List, 5.0)]).unwrap();
        let json = serde_json::to_string(&mix).unwrap();
        assert_eq!(json, r#"{"list":5.0,"lookup":90.0,"noop":0.0}"#);
        assert_eq!(serde_json::from_str::<Mix<ReaderOperation>>(&json).unwrap(), mix);
    }
}
