//! Decimal weights, exactly.

/// A decimal number that is not negative: `digits / 10^places`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weight {
    digits: u128,
    places: u32,
}

/// Decimal places that a weight may have.
const PLACES: u32 = 18;

impl Weight {
    /// Reads `2`, `0.25`, `.5` or `1.`; `None` for anything else, and for more than 18 decimal places or 18 digits before the point.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let fraction = fraction.trim_end_matches('0');
        let whole = whole.strip_prefix('+').unwrap_or(whole);
        let has_digits = text.bytes().any(|byte| byte.is_ascii_digit());
        let only_digits = whole
            .bytes()
            .chain(fraction.bytes())
            .all(|byte| byte.is_ascii_digit());
        let whole = whole.trim_start_matches('0');
        if !has_digits || !only_digits || whole.len() > PLACES as usize || fraction.len() > PLACES as usize {
            return None;
        }
        let digits = whole
            .bytes()
            .chain(fraction.bytes())
            .fold(0, |digits, byte| digits * 10 + u128::from(byte - b'0'));
        Some(Self {
            digits,
            places: fraction.len() as u32,
        })
    }
}

/// Weights with one denominator.
pub(super) struct Weights {
    /// `10^places` of the most precise one.
    denominator: u128,
    numerators: Vec<u128>,
}

impl Weights {
    pub fn new(weights: &[Weight]) -> Self {
        let places = weights.iter().map(|weight| weight.places).max().unwrap_or(0);
        Self {
            denominator: 10_u128.pow(places),
            numerators: weights
                .iter()
                .map(|weight| weight.digits * 10_u128.pow(places - weight.places))
                .collect(),
        }
    }

    /// `count` times the weight of `source`, as a part of a sum; `None` if it is too large.
    pub fn times(&self, source: usize, count: u64) -> Option<u128> {
        self.numerators[source].checked_mul(u128::from(count))
    }

    /// A sum of such, rounded half up; `None` if it does not fit into 64 bits.
    pub fn round(&self, sum: u128) -> Option<u64> {
        let (whole, rest) = (sum / self.denominator, sum % self.denominator);
        u64::try_from(whole + u128::from(rest * 2 >= self.denominator)).ok()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        for (text, digits, places) in [
            ("2", 2, 0),
            ("0.25", 25, 2),
            (".5", 5, 1),
            ("1.", 1, 0),
            ("007.10", 71, 1),
            ("+3", 3, 0),
            ("0", 0, 0),
        ] {
            assert_eq!(Weight::parse(text), Some(Weight { digits, places }), "{text}");
        }
        for text in [
            "",
            ".",
            "-1",
            "1e3",
            "nan",
            "1,5",
            "1.2.3",
            " 1",
            "1+",
            "0.0000000000000000001",
            "1000000000000000000",
        ] {
            assert_eq!(Weight::parse(text), None, "{text}");
        }
    }

    #[test]
    fn sums_are_rounded_half_up_once() {
        let parse = |text| Weight::parse(text).unwrap();
        let weights = Weights::new(&[parse("0.5"), parse("0.25")]);
        let sum = |a, b| weights.round(weights.times(0, a).unwrap() + weights.times(1, b).unwrap());
        assert_eq!(sum(1, 0), Some(1));
        assert_eq!(sum(0, 1), Some(0));
        assert_eq!(sum(1, 1), Some(1));
        assert_eq!(sum(1, 4), Some(2));
        let most = Weights::new(&[parse("1")]);
        assert_eq!(most.round(most.times(0, u64::MAX).unwrap()), Some(u64::MAX));
        let double = Weights::new(&[parse("2")]);
        assert_eq!(double.round(double.times(0, u64::MAX).unwrap()), None);
    }
}
