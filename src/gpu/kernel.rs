use super::{Gpu, texels::Loads};
use crate::plan::{Access, Dispatch, Storage};

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

/// All that a pipeline is compiled from.
pub(super) struct Missing {
    pub key: PipelineKey,
    module: wgpu::ShaderModule,
    layout: wgpu::PipelineLayout,
    constants: Vec<(String, f64)>,
}

impl Gpu {
    /// The compiled pipeline of a dispatch that binds so; compiled at the first call.
    pub(super) fn pipeline(&self, dispatch: &Dispatch, bound: &[Bound]) -> wgpu::ComputePipeline {
        self.compiled(dispatch, bound).unwrap_or_else(|missing| self.compile_now(*missing))
    }

    /// The pipeline if it is there, or what it would be compiled from.
    pub(super) fn compiled(
        &self,
        dispatch: &Dispatch,
        bound: &[Bound],
    ) -> Result<wgpu::ComputePipeline, Box<Missing>> {
        let kernel = dispatch.kernel;
        let textures = bound.iter().enumerate().filter(|(_, (storage, ..))| *storage == Storage::Texels);
        let textures: Vec<_> = textures.map(|(binding, (.., bytes))| (binding, *bytes)).collect();
        let (source, lengths) = kernel.with_texels(self.loads, &textures);
        let key = PipelineKey {
            kernel: kernel.name,
            constants: dispatch.constants.iter().map(|&(name, value)| (name, value.to_bits())).collect(),
            lengths: lengths.iter().map(|(_, length)| length.to_bits()).collect(),
            bound: bound.iter().map(|&(storage, access, _)| (storage, access)).collect(),
        };
        if let Some(pipeline) = self.pipelines.borrow().get(&key) {
            return Ok(pipeline.clone());
        }
        let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(kernel.name),
            source: wgpu::ShaderSource::Wgsl(source.into()),
        });
        let uniform = (!dispatch.uniform.is_empty()).then(|| buffer_type(wgpu::BufferBindingType::Uniform));
        let sampled = bound.iter().any(|&(storage, access, _)| self.loads.want_sampler(storage, access));
        let sampler = sampled.then_some(wgpu::BindingType::Sampler(wgpu::SamplerBindingType::NonFiltering));
        let types = bound.iter().map(|bound| binding_type(self.loads, bound)).chain(uniform).chain(sampler);
        let constants = dispatch.constants.iter().map(|&(name, value)| (name.to_owned(), value));
        Err(Box::new(Missing {
            key,
            module,
            layout: self.layout(types.collect()),
            constants: constants.chain(lengths).collect(),
        }))
    }

    /// Compiles it and keeps it.
    pub(super) fn compile_now(&self, missing: Missing) -> wgpu::ComputePipeline {
        self.counting.count(|counters| counters.pipelines += 1);
        let pipeline = self.create(&missing);
        self.pipelines.borrow_mut().insert(missing.key, pipeline.clone());
        pipeline
    }

    pub(super) fn create(&self, missing: &Missing) -> wgpu::ComputePipeline {
        let constants: Vec<_> =
            missing.constants.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(missing.key.kernel),
            layout: Some(&missing.layout),
            module: &missing.module,
            entry_point: Some(missing.key.kernel),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: &constants,
                ..Default::default()
            },
            cache: None,
        })
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
