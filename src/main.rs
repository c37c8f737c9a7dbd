//! scratch
use emascope::{config::Experiment, data, gpu::Gpu, trainer::{Trainer, Weights}};
#[allow(clippy::print_stdout)]
fn main() {
    pollster::block_on(async {
        let path = std::env::args().nth(1).unwrap_or("synthetic".into());
        let dataset = data::open(&path, &mut |_, _| {}).unwrap();
        let gpu = Gpu::open().await.unwrap();
        println!("{}", gpu.adapter());
        let ex = Experiment::default();
        let mut t = Trainer::new(&gpu, &ex, &dataset).await.unwrap();
        println!("{} MB (unshared {}), {} dispatches", t.gpu_bytes() / 1_000_000, t.unshared_gpu_bytes()/1_000_000, t.dispatches_per_step());
        t.train(2).unwrap(); t.finish().await.unwrap();
        let mut kinds = std::collections::BTreeMap::new();
        for _ in 0..5 { for k in t.time_step().await.unwrap().unwrap() { let e = kinds.entry(k.kernel).or_insert((0.0, 0u64, 0)); e.0 += k.seconds/5.0; e.1 += k.flops/5; e.2 += 1; } }
        let mut v: Vec<_> = kinds.into_iter().collect(); v.sort_by(|a, b| b.1.0.total_cmp(&a.1.0));
        for (k, (s, f, n)) in v { println!("{k:30} {:3} {:8.3} ms {:6.1} GF/s", n/5, s*1e3, f as f64/s*1e-9); }
        let start = std::time::Instant::now();
        t.train(20).unwrap(); t.finish().await.unwrap();
        println!("{:.1} images/s", 20.0*64.0/start.elapsed().as_secs_f64());
        t.reset().unwrap();
        for e in 0..ex.epochs {
            let start = std::time::Instant::now();
            t.train(78).unwrap();
            let m = t.metrics().await.unwrap();
            let tt = start.elapsed().as_secs_f64();
            let all: Vec<Weights> = std::iter::once(Weights::Raw).chain((0..5).map(Weights::Ema)).collect();
            let ev = t.evaluate(&all).await.unwrap();
            println!("{e} {:.4} {:.0} img/s {:.1}s  {:?}", m.iter().map(|m| m.loss).sum::<f64>()/78.0, 78.0*64.0/tt, start.elapsed().as_secs_f64(), ev.iter().map(|e| (e.accuracy*10.0).round()/10.0).collect::<Vec<_>>());
        }
    });
}
