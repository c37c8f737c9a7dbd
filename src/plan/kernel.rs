//! A compute shader as text.

/// A compute shader: one entry point of the same name as its file.
#[derive(Debug)]
pub struct Kernel {
    /// Stem of the file, entry point and label.
    pub name: &'static str,
    /// WGSL text.
    pub source: &'static str,
}

/// The kernel in `shaders/<group>/<name>.wgsl`.
#[macro_export]
macro_rules! kernel {
    ($group:literal, $name:literal) => {
        $crate::plan::Kernel {
            name: $name,
            source: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/shaders/",
                $group,
                "/",
                $name,
                ".wgsl"
            )),
        }
    };
}
