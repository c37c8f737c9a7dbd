//! Gradients summed in parts: the parts of several parameters lie side by side, and one dispatch adds them all up.

use bytemuck::Zeroable as _;

use super::{Recorder, kernels::KernelSet};
use crate::{
    kernel,
    layout::TENSOR_ALIGNMENT,
    plan::{Dispatch, Kernel, Lease, Plan, View, WORKGROUP, read, read_write},
};

/// One sum and where its parts are in the bound buffers.
#[derive(Clone, Copy, Debug)]
pub struct Sum {
    /// First float of `chunks` × `len`, a multiple of four.
    pub first: usize,
    /// Number of parts.
    pub chunks: usize,
    /// First float of their sum, a multiple of four.
    pub out: usize,
    /// Floats of a part, a multiple of four.
    pub len: usize,
}

/// Number of sums in the uniform buffer of one dispatch.
const SUMS: usize = 32;

/// A sum as the shaders read it from there, in quads: `struct Sum`.
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub(crate) struct SumRow {
    pub first: u32,
    pub chunks: u32,
    pub out: u32,
    pub length: u32,
}

/// Outputs of a workgroup of `sum_chunks_tiled`.
const LANES: usize = 16;

/// `shaders/conv/sum_chunks.wgsl` or `sum_chunks_tiled.wgsl`: `[chunks][L]` → `[L]`, L the size of `out`.
pub fn sum_chunks(kernels: KernelSet, partial: View, out: View) -> Dispatch {
    assert!(partial.bytes.is_multiple_of(out.bytes), "whole parts");
    let chunks = (partial.bytes / out.bytes) as usize;
    some(kernels, &[Sum { first: 0, chunks, out: 0, len: out.bytes as usize / 4 }], partial, out)
}

/// Like [`sum_chunks`], for several sums.
pub fn sum_all(kernels: KernelSet, sums: &[Sum], partial: View, out: View) -> Plan {
    sums.chunks(SUMS).map(|sums| some(kernels, sums, partial, out)).collect()
}

fn some(kernels: KernelSet, sums: &[Sum], partial: View, out: View) -> Dispatch {
    static REGISTER: Kernel = kernel!("conv", "sum_chunks");
    static TILED: Kernel = kernel!("conv", "sum_chunks_tiled");
    for Sum { first, chunks, out: to, len } in sums {
        assert!([first, to, len].iter().all(|floats| floats.is_multiple_of(4)), "sums are of quads");
        assert!(first + chunks * len <= partial.bytes as usize / 4, "parts within what is bound");
        assert!(to + len <= out.bytes as usize / 4, "a sum within what is bound");
    }
    let longest = sums.iter().map(|sum| sum.len / 4).max().unwrap_or(0);
    let (kernel, workgroups) = match kernels {
        KernelSet::Plain | KernelSet::Register => (&REGISTER, longest.div_ceil(WORKGROUP as usize)),
        KernelSet::Tiled(_) => (&TILED, longest.div_ceil(LANES)),
    };
    let mut table = [SumRow::zeroed(); SUMS];
    for (row, sum) in table.iter_mut().zip(sums) {
        *row = SumRow {
            first: (sum.first / 4) as u32,
            chunks: sum.chunks as u32,
            out: (sum.out / 4) as u32,
            length: (sum.len / 4) as u32,
        };
    }
    Dispatch::in_rows(kernel, [read(partial), read_write(out)], workgroups, sums.len())
        .with_uniform(&table)
        .with_moved(sums.iter().map(|sum| 4 * (sum.chunks + 1) * sum.len).sum())
}

/// Most floats of parts that are kept before they are added up, unless one parameter alone has more.
const WAITING: usize = 1 << 20;

/// Parts that are not yet added up.
#[derive(Default)]
pub(super) struct Parts {
    /// Floats of all parts of the pass, and of the largest parameter's.
    total: usize,
    largest: usize,
    arena: Option<Lease>,
    used: usize,
    waiting: Vec<Sum>,
}

/// Parts begin where a buffer can be bound.
fn rounded(floats: usize) -> usize {
    floats.next_multiple_of(TENSOR_ALIGNMENT)
}

impl Recorder<'_> {
    /// Announces, in the forward pass, what [`push_parts`](Self::push_parts) will record.
    pub(super) fn wants_parts(&mut self, chunks: usize, parameter: usize) {
        let floats = rounded(chunks * self.parameters[parameter].len);
        self.parts.total += floats;
        self.parts.largest = self.parts.largest.max(floats);
    }

    /// Records a dispatch that writes the parts of a parameter's gradient to the view it is given. They are added up by the
    /// end of the backward pass.
    pub(super) fn push_parts(
        &mut self,
        chunks: usize,
        parameter: usize,
        make: impl FnOnce(View) -> Dispatch,
    ) {
        let out = &self.parameters[parameter];
        let (len, out) = (out.len, out.offset);
        let floats = rounded(chunks * len);
        let capacity = self.parts.total.min(WAITING).max(self.parts.largest);
        if self.parts.used + floats > capacity {
            self.add_parts();
        }
        let arena = self.parts.arena.take();
        let arena = arena
            .unwrap_or_else(|| self.memory.lease_apart("partial gradients", capacity, self.profile.storage));
        let first = self.parts.used;
        self.push(make(arena.view().floats(first, chunks * len)));
        self.parts.arena = Some(arena);
        self.parts.used += floats;
        self.parts.waiting.push(Sum { first, chunks, out, len });
    }

    /// Adds up the parts recorded so far.
    pub(super) fn add_parts(&mut self) {
        let waiting = std::mem::take(&mut self.parts.waiting);
        if let Some(arena) = &self.parts.arena {
            self.plan.extend(sum_all(self.profile.kernels, &waiting, arena.view(), self.gradients));
        }
        self.parts.used = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        layers::{Pass, Profile, kernels::Tiles},
        network::{Parameter, ParameterKind},
        plan::Memory,
    };

    /// The sums that each dispatch makes for parameters of these lengths, the last first, in `chunks` parts each.
    fn dispatched(chunks: usize, lens: &[usize]) -> Vec<Vec<[u32; 4]>> {
        let memory = Memory::default();
        let mut parameters = Vec::new();
        for (i, &len) in lens.iter().enumerate() {
            let offset = parameters.last().map_or(0, |last: &Parameter| last.offset + last.len);
            let mut parameter = Parameter::new(i.to_string(), &[len], ParameterKind::Vector, 0, false);
            parameter.offset = offset;
            parameters.push(parameter);
        }
        let arena = |label| memory.fixed(label, 4 * lens.iter().sum::<usize>() as u64);
        let views = [arena("weights"), arena("gradients"), memory.fixed("batch", 16)];
        let profile = Profile::graphics_card(Tiles::new());
        let mut recorder = Recorder::new(Pass::Train, &profile, &memory, &parameters, views);
        (0..lens.len()).for_each(|i| recorder.wants_parts(chunks, i));
        for i in (0..lens.len()).rev() {
            recorder.push_parts(chunks, i, |view| {
                assert_eq!(view.bytes, 4 * (chunks * lens[i]) as u64);
                static MAKER: Kernel = Kernel { name: "maker", source: "" };
                Dispatch::new(&MAKER, &[], [read_write(view)], 1)
            });
        }
        recorder.add_parts();
        let sums = recorder.plan.iter().filter(|dispatch| dispatch.kernel.name != "maker");
        let rows = |dispatch: &Dispatch| -> Vec<[u32; 4]> {
            let rows = dispatch.uniform.chunks(4).map(|row| [row[0], row[1], row[2], row[3]]);
            rows.take(dispatch.workgroups[1] as usize).collect()
        };
        sums.map(rows).collect()
    }

    #[test]
    fn parts_lie_side_by_side_where_each_can_be_bound() {
        assert_eq!(dispatched(2, &[64, 128]), [[[0, 2, 16, 32], [64, 2, 0, 16]]]);
        assert_eq!(dispatched(3, &[20, 12]), [[[0, 3, 5, 3], [16, 3, 0, 5]]]);
        assert!(dispatched(1, &[]).is_empty());
    }

    #[test]
    fn parts_wait_while_there_is_room() {
        let sums = |lens: &[usize]| dispatched(1, lens).iter().map(Vec::len).collect::<Vec<_>>();
        let large = WAITING / 2;
        assert_eq!(sums(&[large; 3]), [2, 1]);
        // A parameter larger than the usual room gets enough, and those after it use that too.
        assert_eq!(sums(&[large, large, large, 3 * large]), [1, 3]);
        assert_eq!(sums(&[64; SUMS + 1]), [SUMS, 1]);
    }
}
