//! Enums whose values have names, and numbers in text.

/// Declares an enum with a name for each value.
macro_rules! choices {
    ($(#[$docs:meta])* $name:ident { $($(#[$variant_docs:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$docs])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_docs])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// The names of the values, in order.
            pub const CHOICES: &'static [&'static str] = &[$($text),+];

            /// The name of the value, as flags and files spell it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The value of a name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

pub(crate) use choices;

/// The finite number in a text; −0 becomes 0.
pub fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite()).map(|number| number + 0.0)
}

/// The whole number in a text: 64, 64.0 and 6.4e1 are the same, and −0 is 0.
pub fn whole_number(text: &str) -> Option<u64> {
    text.parse().ok().or_else(|| whole(number(text)?))
}

/// A number as a whole number, up to the largest that `f64` holds exactly.
pub fn whole(number: f64) -> Option<u64> {
    const LARGEST: f64 = (1_u64 << f64::MANTISSA_DIGITS) as f64;
    (number.fract() == 0.0 && (0.0..=LARGEST).contains(&number)).then_some(number as u64)
}
