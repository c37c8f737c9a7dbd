use serde::{Deserialize, Serialize};

use super::ConfigError;
use crate::named::whole_number;

/// How training images are varied; in text a list of `flip`, `crop` and `crop=PIXELS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Augment {
    /// Mirror half of the images, left to right.
    pub flip: bool,
    /// Pad by this many black pixels on each side and cut a random 32×32 window; 0 is off.
    pub crop: u32,
}

impl Augment {
    /// Unchanged images.
    pub const NONE: Self = Self { flip: false, crop: 0 };
    /// Default padding of a crop, in pixels.
    pub const DEFAULT_CROP: u32 = 2;
    /// Largest padding of a crop, in pixels.
    pub const MAX_CROP: u32 = 16;
}

impl TryFrom<Vec<String>> for Augment {
    type Error = ConfigError;

    fn try_from(words: Vec<String>) -> Result<Self, ConfigError> {
        let mut augment = Self::NONE;
        for word in &words {
            match word.split_once('=').unwrap_or((word, "")) {
                ("flip", "") => augment.flip = true,
                ("crop", "") => augment.crop = Self::DEFAULT_CROP,
                ("crop", pixels) => {
                    let pixels = whole_number(pixels).and_then(|pixels| u32::try_from(pixels).ok());
                    augment.crop = pixels.filter(|&pixels| pixels <= Self::MAX_CROP).ok_or_else(|| {
                        let allowed = format!("crop=PIXELS with 0 to {} pixels", Self::MAX_CROP);
                        ConfigError::bad("augment", format_args!("`{word}`"), allowed)
                    })?;
                }
                _ => {
                    let allowed = "flip, crop, crop=PIXELS, or none alone";
                    return Err(ConfigError::bad("augment", format_args!("`{word}`"), allowed));
                }
            }
        }
        Ok(augment)
    }
}

impl From<Augment> for Vec<String> {
    fn from(augment: Augment) -> Self {
        let flip = augment.flip.then(|| "flip".to_owned());
        let crop = match augment.crop {
            0 => None,
            Augment::DEFAULT_CROP => Some("crop".to_owned()),
            pixels => Some(format!("crop={pixels}")),
        };
        flip.into_iter().chain(crop).collect()
    }
}
