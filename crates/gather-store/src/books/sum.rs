//! A sum that is exact whatever is added, and the same whatever the order.
//!
//! Amounts are decimals of up to 28 digits. Added up as such, very large and very fine ones would be rounded, and a
//! sum kept by adding and taking away would drift from a recount. Here each scale (digits after the point) has its
//! own whole number of 38 digits; a scale whose number is zero is left out.
//!
//! As text: `-4510:2` is -45.10, `-4510:2 7` is that and 7. An empty text is zero.

use std::{collections::BTreeMap, fmt, str::FromStr};

use rust_decimal::Decimal;

/// An exact sum.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sum(BTreeMap<u32, i128>);

/// A text that is no sum.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a sum such as `-4510:2`")]
pub(crate) struct NoSum(String);

impl Sum {
    pub(crate) fn add(&mut self, amount: Decimal) {
        self.add_part(amount.scale(), amount.mantissa());
    }

    pub(crate) fn take(&mut self, amount: Decimal) {
        self.add_part(amount.scale(), -amount.mantissa());
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (scale, mantissa) in &other.0 {
            self.add_part(*scale, *mantissa);
        }
    }

    fn add_part(&mut self, scale: u32, mantissa: i128) {
        let part = self.0.entry(scale).or_default();
        // A mantissa has 96 bits, so 2^31 of them fit into 127.
        *part = part.saturating_add(mantissa);
        if *part == 0 {
            self.0.remove(&scale);
        }
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// The sum as one decimal; `None` where it has more digits than one can hold exactly.
    pub(crate) fn value(&self) -> Option<Decimal> {
        let mut sum = Decimal::ZERO;
        for (scale, mantissa) in &self.0 {
            let part = Decimal::try_from_i128_with_scale(*mantissa, *scale).ok()?;
            let next = sum.checked_add(part)?;
            // A sum that would have to drop digits has a smaller scale than its parts.
            if next.scale() < sum.scale().max(part.scale()) {
                return None;
            }
            sum = next;
        }
        Some(sum)
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (scale, mantissa)) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{mantissa}")?;
            if *scale > 0 {
                write!(f, ":{scale}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Sum {
    type Err = NoSum;

    fn from_str(text: &str) -> Result<Self, NoSum> {
        let mut sum = Self::default();
        for part in text.split_whitespace() {
            let (mantissa, scale) = part.split_once(':').unwrap_or((part, "0"));
            let read = mantissa.parse().ok().zip(scale.parse().ok());
            let Some((mantissa, scale)) = read.filter(|(_, scale)| *scale <= 28) else {
                return Err(NoSum(text.to_owned()));
            };
            sum.add_part(scale, mantissa);
        }
        Ok(sum)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum(amounts: &[&str]) -> Sum {
        let mut sum = Sum::default();
        for amount in amounts {
            sum.add(amount.parse().unwrap());
        }
        sum
    }

    #[test]
    fn a_sum_has_the_digits_of_its_parts() {
        let mixed = sum(&["-45.00", "-0.1", "7"]);
        assert_eq!(mixed.value().unwrap().to_string(), "-38.10");
        assert_eq!(mixed.to_string(), "7 -1:1 -4500:2");
        assert_eq!(mixed.to_string().parse::<Sum>().unwrap(), mixed);
        assert_eq!(sum(&["0.30", "-0.30"]), Sum::default());
        assert_eq!(Sum::default().value(), Some(Decimal::ZERO));
    }

    #[test]
    fn what_one_decimal_cannot_hold_is_kept_exactly_and_has_no_value() {
        let most = Decimal::MAX.to_string();
        let tiny = "0.0000000000000000000000000001";
        let mut large = sum(&[&most, &most, tiny]);
        assert_eq!(large.value(), None);
        large.take(Decimal::MAX);
        assert_eq!(
            large.value(),
            None,
            "29 digits before the point, 28 behind it"
        );
        large.take(tiny.parse().unwrap());
        assert_eq!(large.value(), Some(Decimal::MAX));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["1.5", "1:29", "x", "1:-1", ":2"] {
            assert!(text.parse::<Sum>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_order_of_amounts_does_not_matter(
            amounts in prop::collection::vec((any::<i64>(), 0..12_u32), 0..20), turn in 0..20_usize,
        ) {
            let decimals: Vec<Decimal> = amounts.iter().map(|(m, s)| Decimal::new(*m, *s)).collect();
            let mut forward = Sum::default();
            decimals.iter().for_each(|amount| forward.add(*amount));
            let mut turned = Sum::default();
            let at = turn.min(decimals.len());
            decimals[at..].iter().chain(&decimals[..at]).for_each(|amount| turned.add(*amount));
            prop_assert_eq!(&forward, &turned);
            for amount in &decimals {
                turned.take(*amount);
            }
            prop_assert!(turned.is_zero());
            prop_assert_eq!(forward.to_string().parse::<Sum>().unwrap(), forward);
        }
    }
}
