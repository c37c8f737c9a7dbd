//! Tensors in textures, for software adapters, which load the four numbers of a texel in one piece, but load each number of
//! a buffer separately, with a bounds check. (lavapipe of Mesa 22.3 copies 1.8 GB/s from buffer to buffer and 5.5 GB/s from
//! texture to texture.)
//!
//! Kernels are written for buffers. If a binding is a texture instead, its declaration and its uses are rewritten:
//! `x[i]` becomes `x_load(i)`, `y[i] = v;` becomes `y_store(i, v);` and `arrayLength(&x)` becomes `x_length`, a constant.

use std::fmt::Write;

use crate::plan::{Access, Kernel, TEXELS_A_ROW};

/// How kernels read textures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loads {
    /// As storage: half as fast again on lavapipe.
    Storage,
    /// Through a sampler, which needs no check of its coordinates: the fastest way on the browsers' SwiftShader, where
    /// storage is slower than a buffer.
    Sampled,
}

impl Loads {
    /// The faster way on the software adapters of this platform.
    pub const HERE: Self = if cfg!(target_arch = "wasm32") { Self::Sampled } else { Self::Storage };

    /// How a kernel binds a texture.
    pub fn binding_type(self, access: Access) -> wgpu::BindingType {
        let (format, view_dimension) = (wgpu::TextureFormat::Rgba32Float, wgpu::TextureViewDimension::D2);
        let storage = |access| wgpu::BindingType::StorageTexture { access, format, view_dimension };
        match (access, self) {
            (Access::ReadWrite, _) => storage(wgpu::StorageTextureAccess::WriteOnly),
            (Access::Read, Self::Storage) => storage(wgpu::StorageTextureAccess::ReadOnly),
            (Access::Read, Self::Sampled) => {
                let sample_type = wgpu::TextureSampleType::Float { filterable: false };
                wgpu::BindingType::Texture { sample_type, view_dimension, multisampled: false }
            }
        }
    }
}

/// A binding as its kernel declares it.
struct Declared<'a> {
    line: &'a str,
    name: &'a str,
    /// Texels per element: one for a `vec4f`, four for a `mat4x4f`.
    texels: u64,
    writes: bool,
}

fn declared(source: &str, binding: usize) -> Option<Declared<'_>> {
    let start = format!("@group(0) @binding({binding}) var<storage, ");
    let line = source.lines().find(|line| line.starts_with(&start))?;
    let (access, rest) = line[start.len()..].split_once("> ")?;
    let (name, rest) = rest.split_once(": ")?;
    let types = [("array<vec4f>;", 1), ("array<mat4x4f>;", 4)];
    let texels = types.into_iter().find(|(name, _)| rest.starts_with(name))?.1;
    Some(Declared { line, name, texels, writes: access == "read_write" })
}

impl Declared<'_> {
    /// The texture and the functions that replace the array.
    fn as_texture(&self, loads: Loads) -> String {
        let Self { line, name, .. } = self;
        let (place, _) = line.split_once(" var").expect("a declaration");
        let at = format!("vec2u(i % {TEXELS_A_ROW}u, i / {TEXELS_A_ROW}u)");
        let (ty, load) = match loads {
            Loads::Storage => ("texture_storage_2d<rgba32float, read>", format!("textureLoad({name}, {at})")),
            // The middle of a texel as a fraction of the texture, which is exact enough for textures of any size.
            Loads::Sampled => {
                let place = format!("(vec2f({at}) + 0.5) * {name}_scale");
                ("texture_2d<f32>", format!("textureSampleLevel({name}, nearest, {place}, 0.0)"))
            }
        };
        match (self.writes, self.texels) {
            (false, 1) => format!(
                "{place} var {name}: {ty};\n\
                 fn {name}_load(i: u32) -> vec4f {{ return {load}; }}\n"
            ),
            (false, _) => format!(
                "{place} var {name}: {ty};\n\
                 fn {name}_texel(i: u32) -> vec4f {{ return {load}; }}\n\
                 fn {name}_load(i: u32) -> mat4x4f {{ let j = 4u * i; return mat4x4f({name}_texel(j), \
                 {name}_texel(j + 1u), {name}_texel(j + 2u), {name}_texel(j + 3u)); }}\n"
            ),
            (true, 1) => format!(
                "{place} var {name}: texture_storage_2d<rgba32float, write>;\n\
                 fn {name}_store(i: u32, v: vec4f) {{ textureStore({name}, {at}, v); }}\n"
            ),
            (true, _) => format!(
                "{place} var {name}: texture_storage_2d<rgba32float, write>;\n\
                 fn {name}_texel(i: u32, v: vec4f) {{ textureStore({name}, {at}, v); }}\n\
                 fn {name}_store(i: u32, v: mat4x4f) {{ let j = 4u * i; {name}_texel(j, v[0]); \
                 {name}_texel(j + 1u, v[1]); {name}_texel(j + 2u, v[2]); {name}_texel(j + 3u, v[3]); }}\n"
            ),
        }
    }
}

/// The constant that replaces the length of an array.
pub fn length_constant(name: &str) -> String {
    format!("{name}_length")
}

fn counted(name: &str) -> String {
    format!("arrayLength(&{name})")
}

/// `text` with each `name[i]` and each `name[i] = v;` rewritten, and the number of the first kind.
fn with_calls(text: &str, name: &str) -> (String, usize) {
    let (mut out, mut loads) = (String::new(), 0);
    let mut rest = text;
    let pattern = format!("{name}[");
    while let Some(at) = rest.find(&pattern) {
        let (before, after) = (&rest[..at], &rest[at + pattern.len()..]);
        out.push_str(before);
        if before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.') {
            out.push_str(&pattern);
            rest = after;
            continue;
        }
        let (index, after) = after.split_at(closing(after));
        let (index, more) = with_calls(index, name);
        loads += more;
        rest = &after[1..];
        if let Some((value, after)) = rest.strip_prefix(" = ").and_then(|value| value.split_once(';')) {
            let (value, more) = with_calls(value, name);
            loads += more;
            write!(out, "{name}_store({index}, {value});").expect("a string takes everything");
            rest = after;
        } else {
            loads += 1;
            write!(out, "{name}_load({index})").expect("a string takes everything");
        }
    }
    (out + rest, loads)
}

/// Index of the bracket that closes the one open at the beginning of `text`.
fn closing(text: &str) -> usize {
    let mut open = 1;
    let close = text.char_indices().find(|(_, c)| {
        open += i32::from(*c == '[') - i32::from(*c == ']');
        open == 0
    });
    close.expect("brackets close").0
}

impl Kernel {
    /// Whether the binding may be a texture: an array of quads or of blocks that is either read or written.
    pub fn takes_texels(&self, binding: usize) -> bool {
        declared(self.source, binding)
            .is_some_and(|declared| !declared.writes || with_calls(self.source, declared.name).1 == 0)
    }

    /// The names and numbers of elements of those bindings (given with their bytes) whose length the kernel reads.
    pub(in crate::gpu) fn lengths(&self, bindings: &[(usize, u64)]) -> Vec<(&'static str, u64)> {
        let length = |&(binding, bytes): &(usize, u64)| {
            let declared = self.declared(binding);
            self.source
                .contains(&counted(declared.name))
                .then(|| (declared.name, bytes / (16 * declared.texels)))
        };
        bindings.iter().filter_map(length).collect()
    }

    /// The text with these bindings as textures; their [`lengths`](Self::lengths) are constants, see [`length_constant`].
    pub(in crate::gpu) fn with_texels(&self, loads: Loads, bindings: &[(usize, u64)]) -> String {
        let bindings: Vec<_> = bindings.iter().map(|&(binding, _)| self.declared(binding)).collect();
        let read: Vec<&str> =
            bindings.iter().filter(|declared| !declared.writes).map(|declared| declared.name).collect();
        let mut source = self.source.to_owned();
        if loads == Loads::Sampled && !read.is_empty() {
            source = self.with_sampler(&read);
        }
        for declared in bindings {
            let (before, after) = source.split_once(declared.line).expect("the line was found");
            let (length, counted) = (length_constant(declared.name), counted(declared.name));
            let after = with_calls(after, declared.name).0;
            let head = declared.as_texture(loads);
            source = if after.contains(&counted) {
                let after = after.replace(&counted, &length);
                format!("{before}{head}override {length}: u32;\n{after}")
            } else {
                format!("{before}{head}{after}")
            };
        }
        source
    }

    fn declared(&self, binding: usize) -> Declared<'static> {
        declared(self.source, binding).expect("takes_texels was asked")
    }

    /// The text with a sampler bound after everything else, and with the size of each texture that is read at the beginning
    /// of the kernel.
    fn with_sampler(&self, read: &[&str]) -> String {
        let start = format!("fn {}(", self.name);
        let (before, kernel) =
            self.source.split_once(&start).expect("the entry point is named as the kernel");
        let (parameters, body) = kernel.split_once(") {").expect("the entry point has a body");
        let binding = self.source.lines().filter(|line| line.starts_with("@group(0) @binding(")).count();
        let scale = |name: &&str| format!("\n    {name}_scale = 1.0 / vec2f(textureDimensions({name}));");
        let scales: String = read.iter().map(scale).collect();
        let declarations: String =
            read.iter().map(|name| format!("var<private> {name}_scale: vec2f;\n")).collect();
        format!(
            "{before}{start}{parameters}) {{{scales}{body}\n{declarations}@group(0) @binding({binding}) var nearest: sampler;\n"
        )
    }
}

/// A texture of `bytes` bytes in whole rows.
pub fn create_texture(device: &wgpu::Device, label: &str, bytes: u64) -> wgpu::TextureView {
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: wgpu::Extent3d {
            width: TEXELS_A_ROW as u32,
            height: (bytes / (16 * TEXELS_A_ROW)) as u32,
            depth_or_array_layers: 1,
        },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba32Float,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::STORAGE_BINDING,
        view_formats: &[],
    });
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KERNEL: Kernel = Kernel {
        name: "turn",
        source: "\
// y[i] = x[i] here is prose.
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<mat4x4f>;  // blocks
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> sum: array<vec4f>;
@group(0) @binding(4) var<storage, read> labels: array<u32>;
fn turn(i: u32) {
    if (i >= arrayLength(&y)) {
        return;
    }
    y[i + 1u] = w[labels[i]] * x[u32(x[i].x)] + max_x[i];
    sum[i] = sum[i] + x[0];
}
",
    };

    #[test]
    fn uses_become_calls() {
        let bindings = [(0, 64), (1, 128), (2, 160)];
        let source = KERNEL.with_texels(Loads::Storage, &bindings);
        let body = source.split_once("fn turn").unwrap().1;
        assert!(body.contains("if (i >= y_length)"), "{body}");
        assert!(
            body.contains("y_store(i + 1u, w_load(labels[i]) * x_load(u32(x_load(i).x)) + max_x[i]);"),
            "{body}"
        );
        assert!(body.contains("sum[i] = sum[i] + x_load(0);"), "{body}");
        assert!(source.starts_with("// y[i] = x[i] here is prose.\n@group(0) @binding(0) var x: texture_"));
        assert!(source.contains("fn w_load(i: u32) -> mat4x4f"), "{source}");
        assert!(source.contains("override y_length: u32;"), "{source}");
        assert_eq!(KERNEL.lengths(&bindings), [("y", 10)]);
    }

    #[test]
    fn a_sampler_comes_last() {
        let source = KERNEL.with_texels(Loads::Sampled, &[(0, 64), (2, 160)]);
        assert!(
            source.contains("fn turn(i: u32) {\n    x_scale = 1.0 / vec2f(textureDimensions(x));\n    if (i")
        );
        assert!(source.contains("@group(0) @binding(5) var nearest: sampler;"), "{source}");
        assert!(!source.contains("y_scale"), "{source}");
    }

    #[test]
    fn only_quads_that_are_read_or_written_may_be_texels() {
        assert_eq!(
            [0, 1, 2, 3, 4, 5].map(|binding| KERNEL.takes_texels(binding)),
            [true, true, true, false, false, false]
        );
    }
}
