//! Base-2 logarithms in fixed point: costs decide what the encoder writes, and floats differ between builds.

/// Costs are in units of 1/256 bit.
pub const ONE_BIT: u32 = 256;

/// Fractions of log2(1 + i/256), by repeated squaring.
const FRACTIONS: [u16; 256] = {
    let mut table = [0u16; 256];
    let mut index = 0;
    while index < 256 {
        // The mantissa in [1, 2) with 30 fractional bits; each squaring yields one bit of the logarithm.
        let mut mantissa = (256 + index as u64) << 22;
        let mut bit = 0;
        let mut fraction = 0u16;
        while bit < 8 {
            mantissa = (mantissa * mantissa) >> 30;
            fraction <<= 1;
            if mantissa >= 1 << 31 {
                mantissa >>= 1;
                fraction |= 1;
            }
            bit += 1;
        }
        table[index] = fraction;
        index += 1;
    }
    table
};

/// log2 of `value` in units of 1/256 bit; 0 for 0.
#[inline]
pub fn log2(value: u64) -> u32 {
    let value = value.max(1);
    let exponent = 63 - value.leading_zeros();
    let mantissa = if exponent >= 8 {
        value >> (exponent - 8)
    } else {
        value << (8 - exponent)
    };
    exponent * ONE_BIT + u32::from(FRACTIONS[(mantissa & 255) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_floats() {
        for value in (1..100_000u64).chain([1 << 40, u64::MAX]) {
            let exact = (value as f64).log2() * 256.0;
            assert!((exact - f64::from(log2(value))).abs() < 2.6, "{value}");
        }
    }
}
