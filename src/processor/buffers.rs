use std::{cell::RefCell, ops::Range, rc::Rc};

use super::{Processor, Readback, bound_plan::Launch, floats::Floats, queue::Work, workers::Workers};
use crate::{
    gpu::GpuError,
    plan::{self, Access, Dispatch, PlannedSlot, Slot, View},
};

/// Most ranges that a kernel reads, and writes.
const MOST: usize = 8;

/// The memory behind the slots of a plan. Clones are the same memory.
#[derive(Clone)]
pub struct Buffers {
    pub(super) processor: Processor,
    pub(super) memory: Memory,
}

impl Buffers {
    /// Allocates every slot of `memory`, zeroed.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`] names the first slot that cannot be allocated.
    pub fn allocate(processor: &Processor, memory: &plan::Memory) -> Result<Self, GpuError> {
        let slot = |PlannedSlot { label, bytes, .. }: PlannedSlot| {
            let floats = Floats::try_zeroed((bytes / 4) as usize);
            processor.count(|counters| counters.allocations += 1);
            floats.map_err(|error| GpuError::OutOfMemory { what: label, bytes, reason: error.to_string() })
        };
        let slots = memory.slots().into_iter().map(slot).collect::<Result<_, _>>()?;
        let slots = Slots { floats: RefCell::new(slots), processor: processor.clone() };
        Ok(Self { processor: processor.clone(), memory: Memory(Rc::new(slots)) })
    }

    /// Gives the memory back now, not when this is dropped.
    pub fn release(&self) {
        self.memory.0.release();
    }

    /// Writes `data` at byte `offset` of a slot, before what is submitted next.
    pub fn write<T: bytemuck::NoUninit>(&self, slot: Slot, offset: u64, data: &[T]) {
        let bytes: &[u8] = bytemuck::cast_slice(data);
        self.processor.count(|counters| {
            counters.uploads += 1;
            counters.uploaded_bytes += bytes.len() as u64;
        });
        let offset = offset as usize;
        if self.processor.is_idle() {
            self.memory.write(slot, offset, bytes);
        } else {
            let (memory, bytes) = (self.memory.clone(), bytes.to_vec());
            self.processor.submit(Work::Write { memory, slot, offset, bytes });
        }
    }

    /// Copies views of `source` to the beginnings of views of this, each as long as the source's, in the order of submits.
    pub fn copy_from(&self, source: &Self, pairs: &[(View, View)]) {
        let (from, to) = (source.memory.clone(), self.memory.clone());
        self.processor.submit(Work::Copy { from, to, pairs: pairs.to_vec() });
    }

    /// Copies views one after another and asks for them; does not wait.
    pub fn read(&self, views: &[View]) -> Readback {
        Readback::new(&self.processor, &self.memory, views)
    }
}

/// The slots themselves. Clones are the same.
#[derive(Clone)]
pub(super) struct Memory(Rc<Slots>);

struct Slots {
    floats: RefCell<Vec<Floats>>,
    processor: Processor,
}

impl Slots {
    fn release(&self) {
        let floats = self.floats.take();
        self.processor.count(|counters| counters.releases += floats.len() as u64);
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        self.release();
    }
}

/// The bytes of views, one after another.
pub(super) fn bytes_of(memory: &Memory, views: &[View]) -> Vec<u8> {
    let slots = memory.0.floats.borrow();
    let bytes = |view: &View| bytemuck::cast_slice(&slots[view.slot.index()][floats(*view)]).to_vec();
    views.iter().flat_map(bytes).collect()
}

impl Memory {
    pub fn write(&self, slot: Slot, offset: usize, bytes: &[u8]) {
        let slot: &mut [f32] = &mut self.0.floats.borrow_mut()[slot.index()];
        bytemuck::cast_slice_mut(slot)[offset..][..bytes.len()].copy_from_slice(bytes);
    }

    pub fn copy_from(&self, source: &Self, pairs: &[(View, View)]) {
        let source = source.0.floats.borrow();
        let mut slots = self.0.floats.borrow_mut();
        for (from, to) in pairs {
            let from = &source[from.slot.index()][floats(*from)];
            let start = (to.offset / 4) as usize;
            slots[to.slot.index()][start..start + from.len()].copy_from_slice(from);
        }
    }

    /// Calls a kernel with the ranges that it binds.
    pub fn launch(&self, workers: &Workers, Launch { kernel, bound, .. }: &Launch) {
        let mut taken: [Floats; MOST] = Default::default();
        {
            let mut slots = self.0.floats.borrow_mut();
            for (taken, write) in taken.iter_mut().zip(&bound.written) {
                *taken = std::mem::take(&mut slots[write.slot]);
            }
        }
        let slots = self.0.floats.borrow();
        let mut reads: [&[f32]; MOST] = Default::default();
        for (read, (slot, range)) in reads.iter_mut().zip(&bound.reads) {
            *read = &slots[*slot][range.clone()];
        }
        let mut writes: [&mut [f32]; MOST] = Default::default();
        for (slot, Written { ranges, .. }) in taken.iter_mut().zip(&bound.written) {
            let (mut rest, mut at) = (&mut **slot, 0);
            for (place, range) in ranges {
                let (view, behind) = rest.split_at_mut(range.end - at);
                writes[*place] = &mut view[range.start - at..];
                (rest, at) = (behind, range.end);
            }
        }
        kernel(workers, Call { reads, writes });
        drop(slots);
        let mut slots = self.0.floats.borrow_mut();
        for (taken, write) in taken.into_iter().zip(&bound.written) {
            slots[write.slot] = taken;
        }
    }
}

/// What a kernel works on: its bindings in order, those it reads and those it writes.
pub(super) struct Call<'a> {
    reads: [&'a [f32]; MOST],
    writes: [&'a mut [f32]; MOST],
}

impl<'a> Call<'a> {
    /// The first ranges that it reads, and the first that it writes.
    pub fn split<const R: usize, const W: usize>(self) -> ([&'a [f32]; R], [&'a mut [f32]; W]) {
        let Self { reads, writes } = self;
        let mut writes = writes.into_iter();
        (std::array::from_fn(|i| reads[i]), std::array::from_fn(|_| writes.next().expect("at most 8")))
    }
}

/// Ranges of a slot that a dispatch writes.
struct Written {
    slot: usize,
    /// In the order of memory, each with its place among the bindings that are written.
    ranges: Vec<(usize, Range<usize>)>,
}

/// Where the bindings of a dispatch are, in floats.
pub(super) struct Bound {
    reads: Vec<(usize, Range<usize>)>,
    written: Vec<Written>,
}

impl Bound {
    /// Those of `dispatch`, where ranges of a slot in `substitutes` stand for the slot given there, from the byte offset given
    /// there on.
    ///
    /// # Panics
    /// If it writes a range that it also binds otherwise.
    pub fn new(dispatch: &Dispatch, substitutes: &[(Slot, (Slot, u64))]) -> Self {
        let resolved = |view: View| {
            let stands_for = substitutes.iter().find(|(from, _)| *from == view.slot);
            let (slot, base) = stands_for.map_or((view.slot, 0), |substitute| substitute.1);
            (slot.index(), floats(View { slot, offset: base + view.offset, ..view }))
        };
        let of = |wanted| {
            let bindings = dispatch.bindings.iter().filter(move |(access, _)| *access == wanted);
            bindings.map(|(_, view)| resolved(*view)).collect::<Vec<_>>()
        };
        let (reads, writes) = (of(Access::Read), of(Access::ReadWrite));
        let mut written: Vec<Written> = Vec::new();
        for (place, (slot, range)) in writes.into_iter().enumerate() {
            assert!(reads.iter().all(|read| read.0 != slot), "{} reads what it writes", dispatch.kernel.name);
            match written.iter_mut().find(|written| written.slot == slot) {
                Some(written) => written.ranges.push((place, range)),
                None => written.push(Written { slot, ranges: vec![(place, range)] }),
            }
        }
        for Written { ranges, .. } in &mut written {
            ranges.sort_by_key(|(_, range)| range.start);
            let apart = ranges.windows(2).all(|pair| pair[0].1.end <= pair[1].1.start);
            assert!(apart, "{} writes a range twice", dispatch.kernel.name);
        }
        Self { reads, written }
    }
}

fn floats(view: View) -> Range<usize> {
    let first = (view.offset / 4) as usize;
    first..first + (view.bytes / 4) as usize
}
