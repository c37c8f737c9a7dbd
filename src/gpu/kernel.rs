use super::{Gpu, texels::Loads};
use crate::plan::{Access, Storage};

/// A compute shader: one entry point of the same name as its file.
#[derive(Debug)]
pub struct Kernel {
    /// Stem of the file, entry point and label.
    pub name: &'static str,
    /// WGSL text.
    pub source: &'static str,
}

/// The kernel in `shaders/<name>.wgsl`.
#[macro_export]
macro_rules! kernel {
    ($name:literal) => {
        $crate::gpu::Kernel {
            name: $name,
            source: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/", $name, ".wgsl")),
        }
    };
}

/// What makes two pipelines the same: the kernel, its constants (bit patterns), the lengths of its textures and how it
/// binds; a kernel always has a uniform buffer or never.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PipelineKey {
    kernel: &'static str,
    constants: Vec<(&'static str, u64)>,
    lengths: Vec<u64>,
    bound: Vec<(Storage, Access)>,
}

/// How a kernel binds a range: as what, for what, and how many bytes.
pub(super) type Bound = (Storage, Access, u64);

impl Gpu {
    /// The compiled pipeline of a kernel with these constants; compiled at the first call.
    pub(super) fn pipeline(
        &self,
        kernel: &'static Kernel,
        constants: &[(&'static str, f64)],
        bound: &[Bound],
        uniform: bool,
    ) -> wgpu::ComputePipeline {
        let textures = bound.iter().enumerate().filter(|(_, (storage, ..))| *storage == Storage::Texels);
        let textures: Vec<_> = textures.map(|(binding, (.., bytes))| (binding, *bytes)).collect();
        let (source, lengths) = kernel.with_texels(self.loads, &textures);
        let key = PipelineKey {
            kernel: kernel.name,
            constants: constants.iter().map(|&(name, value)| (name, value.to_bits())).collect(),
            lengths: lengths.iter().map(|(_, length)| length.to_bits()).collect(),
            bound: bound.iter().map(|&(storage, access, _)| (storage, access)).collect(),
        };
        let compile = || {
            self.counting.count(|counters| counters.pipelines += 1);
            let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(kernel.name),
                source: wgpu::ShaderSource::Wgsl(source.into()),
            });
            let uniform = uniform.then(|| buffer_type(wgpu::BufferBindingType::Uniform));
            let sampled = bound.iter().any(|&(storage, access, _)| self.loads.want_sampler(storage, access));
            let sampler =
                sampled.then_some(wgpu::BindingType::Sampler(wgpu::SamplerBindingType::NonFiltering));
            let layout = self.layout(
                bound
                    .iter()
                    .map(|bound| binding_type(self.loads, bound))
                    .chain(uniform)
                    .chain(sampler)
                    .collect(),
            );
            let lengths = lengths.iter().map(|(name, length)| (name.as_str(), *length));
            let constants: Vec<(&str, f64)> = constants.iter().copied().chain(lengths).collect();
            self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(kernel.name),
                layout: Some(&layout),
                module: &module,
                entry_point: Some(kernel.name),
                compilation_options: wgpu::PipelineCompilationOptions {
                    constants: &constants,
                    ..Default::default()
                },
                cache: None,
            })
        };
        self.pipelines.borrow_mut().entry(key).or_insert_with(compile).clone()
    }

    /// The layout of one bind group; kernels that bind alike share it, so that one may follow another without checks.
    fn layout(&self, types: Vec<wgpu::BindingType>) -> wgpu::PipelineLayout {
        let create = |types: &Vec<wgpu::BindingType>| {
            let entries = (0..).zip(types).map(|(binding, &ty)| wgpu::BindGroupLayoutEntry {
                binding,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty,
                count: None,
            });
            let bindings = self.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: None,
                entries: &entries.collect::<Vec<_>>(),
            });
            self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: None,
                bind_group_layouts: &[Some(&bindings)],
                immediate_size: 0,
            })
        };
        self.layouts.borrow_mut().entry(types).or_insert_with_key(create).clone()
    }
}

fn binding_type(loads: Loads, &(storage, access, _): &Bound) -> wgpu::BindingType {
    match storage {
        Storage::Texels => loads.binding_type(access),
        Storage::Buffer => {
            buffer_type(wgpu::BufferBindingType::Storage { read_only: access == Access::Read })
        }
    }
}

fn buffer_type(ty: wgpu::BufferBindingType) -> wgpu::BindingType {
    wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None }
}
