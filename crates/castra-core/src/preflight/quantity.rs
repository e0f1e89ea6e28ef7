//! Kubernetes quantities such as `500m`, `2Gi` or `1e3`: the grammar and the values of `resource.Quantity`
//! (k8s.io/apimachinery).

const NANO: u32 = 9;

/// An amount of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quantity {
    /// In billionths, rounded up as Kubernetes does; `None` if there are too many digits to hold.
    nanos: Option<i128>,
    is_negative: bool,
}

/// What multiplies the number: a power of two and one of ten.
#[derive(Clone, Copy)]
struct Scale {
    binary: u32,
    decimal: i64,
}

impl Quantity {
    /// Reads a quantity.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (is_negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let end = unsigned.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
        let (number, suffix) = unsigned.split_at(end.unwrap_or(unsigned.len()));
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(format!(
                "{text:?} is no Kubernetes quantity: write a number first, e.g. 2, 0.5, 500m or 2Gi"
            ));
        }
        let scale = Scale::parse(suffix).ok_or_else(|| wrong_suffix(text, suffix))?;
        let fraction = fraction.trim_end_matches('0');
        let digits = format!("0{whole}{fraction}").parse::<i128>().ok();
        let decimal =
            i64::try_from(fraction.len()).ok().map(|places| scale.decimal - places + i64::from(NANO));
        let nanos = digits.zip(decimal).and_then(|(digits, decimal)| {
            let scaled = digits.checked_mul(1_i128 << scale.binary)?;
            shifted(scaled, decimal)
        });
        Ok(Self { nanos, is_negative: is_negative && nanos != Some(0) })
    }

    /// True if it is below zero, which no resource can be.
    pub(super) fn is_negative(self) -> bool {
        self.is_negative
    }

    /// Whether this is less than `other`; `false` if either has too many digits to tell. For quantities that are not
    /// negative.
    pub(super) fn is_less_than(self, other: Self) -> bool {
        self.nanos.zip(other.nanos).is_some_and(|(this, other)| this < other)
    }

    /// Whether it is more than nothing, and less than so many whole units.
    pub(super) fn is_some_below(self, units: i128) -> bool {
        self.nanos.is_some_and(|nanos| nanos > 0 && nanos < units * 10_i128.pow(NANO))
    }
}

/// A number with its decimal point moved, rounded up.
fn shifted(number: i128, places: i64) -> Option<i128> {
    let power = |places: i64| 10_i128.checked_pow(u32::try_from(places).ok()?);
    match places {
        0.. => number.checked_mul(power(places)?),
        // Less than a billionth is a billionth.
        _ => Some(
            power(-places)
                .map_or(i128::from(number > 0), |power| number / power + i128::from(number % power > 0)),
        ),
    }
}

impl Scale {
    fn parse(suffix: &str) -> Option<Self> {
        let binary = |binary| Some(Self { binary, decimal: 0 });
        let decimal = |decimal| Some(Self { binary: 0, decimal });
        match suffix {
            "Ki" => binary(10),
            "Mi" => binary(20),
            "Gi" => binary(30),
            "Ti" => binary(40),
            "Pi" => binary(50),
            "Ei" => binary(60),
            "n" => decimal(-9),
            "u" => decimal(-6),
            "m" => decimal(-3),
            "" => decimal(0),
            "k" => decimal(3),
            "M" => decimal(6),
            "G" => decimal(9),
            "T" => decimal(12),
            "P" => decimal(15),
            "E" => decimal(18),
            // Kubernetes keeps exponents in 32 bits.
            _ => decimal(suffix.strip_prefix(['e', 'E'])?.parse::<i32>().ok()?.into()),
        }
    }
}

fn wrong_suffix(text: &str, suffix: &str) -> String {
    let meant = match suffix {
        "K" => " (did you mean `k` or `Ki`?)",
        "KB" | "kB" | "Kb" | "kb" => " (did you mean `k` or `Ki`?)",
        "KiB" | "ki" => " (did you mean `Ki`?)",
        "MB" | "Mb" | "mb" => " (did you mean `M` or `Mi`?)",
        "MiB" | "mi" => " (did you mean `Mi`?)",
        "g" | "GB" | "Gb" | "gb" => " (did you mean `G` or `Gi`?)",
        "GiB" | "gi" => " (did you mean `Gi`?)",
        _ => "",
    };
    format!(
        "{text:?} is no Kubernetes quantity: {suffix:?} is no suffix{meant}; there are n, u, m, k, M, G, T, P, E, Ki, Mi, \
         Gi, Ti, Pi, Ei and an exponent such as e3"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nanos(text: &str) -> i128 {
        Quantity::parse(text).unwrap().nanos.unwrap()
    }

    #[test]
    fn the_whole_grammar_is_read() {
        let one = 1_000_000_000;
        for (text, expected) in [
            ("2", 2 * one),
            ("+2.", 2 * one),
            (".5", one / 2),
            ("500m", one / 2),
            ("1u", 1000),
            ("1n", 1),
            ("0.1n", 1),
            ("1e-30", 1),
            ("1k", 1000 * one),
            ("1e3", 1000 * one),
            ("1E+3", 1000 * one),
            ("0.5Ki", 512 * one),
            ("1Ei", (1 << 60) * one),
            ("1E", 1_000_000_000_000_000_000 * one),
            ("-0", 0),
        ] {
            assert_eq!(nanos(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_quantity_is_refused_in_words() {
        let error = |text: &str| Quantity::parse(text).unwrap_err();
        insta::assert_snapshot!(error("2GB"), @r#""2GB" is no Kubernetes quantity: "GB" is no suffix (did you mean `G` or `Gi`?); there are n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei and an exponent such as e3"#);
        insta::assert_snapshot!(error("two"), @r#""two" is no Kubernetes quantity: write a number first, e.g. 2, 0.5, 500m or 2Gi"#);
        for text in [
            "",
            ".",
            "+",
            "1.2.3",
            "1 Gi",
            " 1",
            "1e",
            "1e1.5",
            "1e99999999999",
            "--1",
            "1i",
            "1Ki1",
            "0x10",
            "١",
        ] {
            assert!(Quantity::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn any_length_is_read_and_compared_as_far_as_it_can_be() {
        let long = Quantity::parse(&"9".repeat(100)).unwrap();
        assert!(!long.is_less_than(Quantity::parse("1").unwrap()));
        assert!(Quantity::parse("999999k").unwrap().is_less_than(Quantity::parse("1Gi").unwrap()));
        assert!(
            Quantity::parse("-1").unwrap().is_negative() && !Quantity::parse("-0").unwrap().is_negative()
        );
    }
}
