//! The 256 bytes in the order of the characters that GPT-2 writes them as: their ids in a vocabulary trained from nothing.

/// Bytes by id: first those that are printable in Latin-1 and stand for themselves, then the others.
pub(super) fn alphabet() -> [u8; 256] {
    let printable = |byte: u8| matches!(byte, 0x21..=0x7E | 0xA1..=0xAC | 0xAE..=0xFF);
    let mut bytes = [0; 256];
    let shown = (0..=255).filter(|&byte| printable(byte));
    let hidden = (0..=255).filter(|&byte| !printable(byte));
    for (place, byte) in bytes.iter_mut().zip(shown.chain(hidden)) {
        *place = byte;
    }
    bytes
}
