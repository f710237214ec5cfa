//! How long a server thinks before the first byte of its answer.
//!
//! Drawn values are a function of the seed and of the request's number, so a run can be repeated.

use std::{f64::consts::TAU, str::FromStr, time::Duration};

use fastrand::Rng;

use crate::ParseError;

/// The time between a request's arrival and the first byte of the answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Latency(Kind);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Fixed(Duration),
    Uniform(Duration, Duration),
    LogNormal { median: Duration, sigma: f64 },
}

impl Latency {
    /// No wait at all; the default.
    pub const NONE: Self = Self(Kind::Fixed(Duration::ZERO));

    /// The same for every request.
    #[must_use]
    pub const fn fixed(duration: Duration) -> Self {
        Self(Kind::Fixed(duration))
    }

    /// Evenly spread between the two, both included; they may be given in either order.
    #[must_use]
    pub fn uniform(a: Duration, b: Duration) -> Self {
        Self(Kind::Uniform(a.min(b), a.max(b)))
    }

    /// Log-normal, as real servers are: half the answers are faster than `median`, and a few much slower.
    ///
    /// `sigma` is the spread of the logarithm: at 0.5 the slowest in a hundred takes about 3.2 times the median. It is
    /// held between 0 and 2, and a draw is never more than 100 times the median.
    #[must_use]
    pub fn log_normal(median: Duration, sigma: f64) -> Self {
        let sigma = if sigma.is_finite() {
            sigma.clamp(0.0, 2.0)
        } else {
            0.0
        };
        Self(Kind::LogNormal { median, sigma })
    }

    pub(crate) fn draw(self, rng: &mut Rng) -> Duration {
        match self.0 {
            Kind::Fixed(duration) => duration,
            Kind::Uniform(low, high) => low + (high - low).mul_f64(rng.f64()),
            Kind::LogNormal { median, sigma } => {
                // Box-Muller; `1 - f64()` is never 0, whose logarithm is infinite.
                let normal = (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (TAU * rng.f64()).cos();
                median.mul_f64((sigma * normal).exp().min(100.0))
            }
        }
    }
}

impl Default for Latency {
    fn default() -> Self {
        Self::NONE
    }
}

impl FromStr for Latency {
    type Err = ParseError;

    /// Milliseconds: `500`, `100..900` for evenly spread, `~200` for log-normal around 200.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let millis = |part: &str| {
            part.trim().parse::<u32>().map(|ms| Duration::from_millis(ms.into())).map_err(|_| {
                ParseError::new(format!(
                    "`{text}` is not a latency; expected milliseconds as `500`, `100..900` or `~200`"
                ))
            })
        };
        if let Some((low, high)) = text.split_once("..") {
            Ok(Self::uniform(millis(low)?, millis(high)?))
        } else if let Some(median) = text.strip_prefix('~') {
            Ok(Self::log_normal(millis(median)?, 0.5))
        } else {
            Ok(Self::fixed(millis(text)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(latency: &str) -> Vec<u128> {
        let latency: Latency = latency.parse().unwrap();
        (0..2000)
            .map(|n| latency.draw(&mut Rng::with_seed(n)).as_millis())
            .collect()
    }

    #[test]
    fn draws_stay_within_what_was_asked() {
        assert!(draws("500").iter().all(|ms| *ms == 500));
        let uniform = draws("900..100");
        assert!(uniform.iter().all(|ms| (100..=900).contains(ms)));
        assert!(uniform.iter().any(|ms| *ms < 200) && uniform.iter().any(|ms| *ms > 800));
    }

    #[test]
    fn log_normal_is_centred_on_its_median_and_has_a_tail() {
        let mut values = draws("~200");
        values.sort_unstable();
        assert!(
            (180..=220).contains(&values[1000]),
            "median {}",
            values[1000]
        );
        assert!(values[1980] > 500, "99th percentile {}", values[1980]);
    }

    #[test]
    fn words_are_refused_with_the_forms_that_work() {
        assert!(
            "fast"
                .parse::<Latency>()
                .unwrap_err()
                .to_string()
                .contains("100..900")
        );
        assert!("-5".parse::<Latency>().is_err());
    }
}
