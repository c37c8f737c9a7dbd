//! Gradients that are summed in parts: those of several parameters lie side by side, and one dispatch adds them all up.

use super::*;
use crate::{gpu::Kernel, kernel};

/// The parts of a sum within what a dispatch binds.
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

/// Sums that one dispatch takes, as its uniform buffer has them.
const SUMS: usize = 32;

/// Outputs of a workgroup of `sum_chunks_tiled`.
const LANES: usize = 16;

/// `shaders/sum_chunks.wgsl` or `sum_chunks_tiled.wgsl`: `[chunks][L]` → `[L]`, L the size of `out`.
pub fn sum_chunks(kernels: KernelSet, partial: View, out: View) -> Dispatch {
    let chunks = (partial.bytes / out.bytes) as usize;
    some(kernels, &[Sum { first: 0, chunks, out: 0, len: out.bytes as usize / 4 }], partial, out)
}

/// The same kernels for several sums.
pub fn sum_all(kernels: KernelSet, sums: &[Sum], partial: View, out: View) -> Plan {
    sums.chunks(SUMS).map(|sums| some(kernels, sums, partial, out)).collect()
}

fn some(kernels: KernelSet, sums: &[Sum], partial: View, out: View) -> Dispatch {
    static REGISTER: Kernel = kernel!("sum_chunks");
    static TILED: Kernel = kernel!("sum_chunks_tiled");
    let longest = sums.iter().map(|sum| sum.len / 4).max().unwrap_or(0);
    let (kernel, workgroups) = if kernels.software() {
        (&REGISTER, longest.div_ceil(WORKGROUP as usize))
    } else {
        (&TILED, longest.div_ceil(LANES))
    };
    let words = sums.iter().flat_map(|sum| [sum.first / 4, sum.chunks, sum.out / 4, sum.len / 4]);
    Dispatch::in_rows(kernel, [read(partial), read_write(out)], workgroups, sums.len())
        .with_uniform(words.chain(std::iter::repeat(0)).take(4 * SUMS))
        .with_moved(sums.iter().map(|sum| 4 * (sum.chunks + 1) * sum.len).sum())
}

/// Floats of parts that wait to be added up, unless one parameter alone has more.
const WAITING: usize = 1 << 20;

/// Parts that wait to be added up.
#[derive(Default)]
pub(super) struct Parts {
    /// Floats of all that there will be, and of the largest.
    total: usize,
    largest: usize,
    arena: Option<Lease>,
    used: usize,
    waiting: Vec<Sum>,
}

/// Each begins where a buffer can be bound.
fn rounded(floats: usize) -> usize {
    floats.next_multiple_of(64)
}

impl Recorder<'_> {
    /// Says in the forward pass what [`parts`](Self::parts) the backward pass will want.
    pub(super) fn wants_parts(&mut self, floats: usize) {
        self.parts.total += rounded(floats);
        self.parts.largest = self.parts.largest.max(rounded(floats));
    }

    /// A place for the parts of a parameter's gradient, which will have been added up when the backward pass ends.
    pub(super) fn parts(&mut self, chunks: usize, parameter: usize) -> View {
        let out = &self.parameters[parameter];
        let (len, out) = (out.len, out.offset);
        let capacity = self.parts.total.min(WAITING).max(self.parts.largest);
        if self.parts.used + rounded(chunks * len) > capacity {
            self.add_parts();
        }
        if self.parts.arena.is_none() {
            self.parts.arena = Some(self.tensor_scratch("partial gradients", capacity));
        }
        let first = self.parts.used;
        self.parts.used += rounded(chunks * len);
        self.parts.waiting.push(Sum { first, chunks, out, len });
        self.parts.arena.as_ref().expect("leased above").view().floats(first, chunks * len)
    }

    /// Adds up the parts that wait.
    pub(super) fn add_parts(&mut self) {
        let waiting = std::mem::take(&mut self.parts.waiting);
        if let Some(arena) = &self.parts.arena {
            self.plan.extend(sum_all(self.kernels, &waiting, arena.view(), self.gradients));
        }
        self.parts.used = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sums that each dispatch of the backward pass of `lens` makes, in a bank of `chunks` parts each.
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
        let tiles = Tiles::new();
        let mut recorder =
            Recorder::new(Pass::Train, (KernelSet::Tiled(None), &tiles), &memory, &parameters, views);
        lens.iter().for_each(|len| recorder.wants_parts(chunks * len));
        for i in (0..lens.len()).rev() {
            let view = recorder.parts(chunks, i);
            assert_eq!(view.bytes, 4 * (chunks * lens[i]) as u64);
        }
        recorder.add_parts();
        let rows = |dispatch: &Dispatch| -> Vec<[u32; 4]> {
            let rows = dispatch.uniform.chunks(4).map(|row| [row[0], row[1], row[2], row[3]]);
            rows.take(dispatch.workgroups[1] as usize).collect()
        };
        recorder.plan.iter().map(rows).collect()
    }

    #[test]
    fn parts_wait_while_there_is_room() {
        assert_eq!(dispatched(2, &[64, 128]), [[[0, 2, 16, 32], [64, 2, 0, 16]]]);
        // Three do not fit together; the largest is larger than what would wait, and has room all the same.
        let large = WAITING / 2;
        let quads = large as u32 / 4;
        assert_eq!(
            dispatched(1, &[large, large, large, 3 * large]),
            [
                vec![[0, 1, 3 * quads, 3 * quads]],
                vec![[0, 1, 2 * quads, quads], [quads, 1, quads, quads], [2 * quads, 1, 0, quads]]
            ]
        );
        assert_eq!(dispatched(1, &[large; 3]).iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(dispatched(1, &[64; SUMS + 1]).iter().map(Vec::len).collect::<Vec<_>>(), [SUMS, 1]);
        assert!(dispatched(1, &[]).is_empty());
    }
}
