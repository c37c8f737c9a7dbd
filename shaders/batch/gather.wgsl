// Takes a batch from the data set: unpacks bytes, normalises, augments.
//
//   x[n, y, x, c] = (byte / 255 − mean_c) / std_c     labels[n] = (label of image index[n] + label_shift) mod CLASSES
//
// A record is 3,072 bytes, planar RGB, 32×32, four bytes to a word. Augmentation is drawn from a hash of
// (seed, step, position in the batch), so it has no state: flip along x, then a shift of up to `crop` pixels each way,
// with black pixels or the reflected image from outside, then a square of the mean colour. Where an image is flipped in every
// other epoch, chosen by a hash of (seed, index). Positions past the batch's count become zeros. One invocation computes one pixel
// (three channels and a padding lane). A data set too large for one binding is split into parts, each with a dispatch of
// its own that takes only that part's records. Twin: src/reference/batch.rs

override CLASSES: u32;
override FIRST: u32;   // record that this part begins with
override MEAN_R: f32;
override MEAN_G: f32;
override MEAN_B: f32;
override STD_R: f32;
override STD_G: f32;
override STD_B: f32;

struct Batch {
    step: u32,
    count: u32,
    seed: u32,
    flip: u32,
    crop: u32,
    first: u32,  // where in the table the batch's indices begin, in words
    momentum: f32,
    label_shift: u32,
    lookahead: f32,
    reflect: u32,
    cutout: u32,
    epoch: u32,
    offset: i32,
}

const AT_RANDOM = 1u;
const EVERY_OTHER_EPOCH = 2u;
const ALWAYS = 3u;

@group(0) @binding(0) var<storage, read> images: array<u32>;  // of this part
@group(0) @binding(1) var<storage, read> all_labels: array<u32>;
@group(0) @binding(2) var<storage, read> table: array<u32>;
@group(0) @binding(3) var<storage, read> batch: Batch;
@group(0) @binding(4) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> labels: array<u32>;

// Jarzynski and Olano, "Hash Functions for GPU Rendering", JCGT 9(3), 2020.
fn pcg4d(seed: vec4u) -> vec4u {
    var v = seed * 1664525u + 1013904223u;
    v.x += v.y * v.w;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v.w += v.y * v.z;
    v ^= v >> vec4u(16u);
    v.x += v.y * v.w;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v.w += v.y * v.z;
    return v;
}

fn byte_at(i: u32) -> f32 {
    return f32((images[i / 4u] >> (8u * (i % 4u))) & 255u);
}

fn is_mirrored(index: u32, random: u32) -> bool {
    if (batch.flip == EVERY_OTHER_EPOCH) {
        return ((pcg4d(vec4u(batch.seed, index, 0u, 6u)).x ^ batch.epoch) & 1u) == 1u;
    }
    return batch.flip == ALWAYS || (batch.flip == AT_RANDOM && (random & 1u) == 1u);
}

// The place within the image that a place up to 31 pixels outside mirrors.
fn reflected(position: vec2i) -> vec2i {
    let inner = abs(position);
    return select(inner, 62 - inner, inner > vec2i(31));
}

@compute @workgroup_size(64)
fn gather(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let pixel = id.x + id.y * groups.x * 64u;
    if (pixel >= arrayLength(&x)) {
        return;
    }
    let sample = pixel / 1024u;
    if (sample >= batch.count) {
        x[pixel] = vec4f();
        labels[sample] = 0u;
        return;
    }
    let index = table[batch.first + sample];
    let record = index - FIRST;  // wraps to a huge number before this part
    if (record >= arrayLength(&images) / 768u) {
        return;
    }
    labels[sample] = (all_labels[index] + batch.label_shift) % CLASSES;

    let random = pcg4d(vec4u(batch.seed, batch.step, sample, 0u));
    let span = 2u * batch.crop + 1u;
    let shift = vec2i(vec2u(random.z, random.y) % span) - vec2i(i32(batch.crop)) + vec2i(batch.offset);
    let place = vec2u(pixel, pixel / 32u) % 32u;
    let corner = vec2u(random.w & 0xffffu, random.w >> 16u) % (33u - batch.cutout);
    if (all(place >= corner) && all(place < corner + batch.cutout)) {
        x[pixel] = vec4f();
        return;
    }
    var from_x = place.x;
    if (is_mirrored(index, random.x)) {
        from_x = 31u - from_x;
    }
    var position = vec2i(i32(from_x), i32(place.y)) + shift;
    if (batch.reflect == 1u) {
        position = reflected(position);
    }
    var rgb = vec3f();
    if (all(position >= vec2i()) && all(position < vec2i(32))) {
        let i = record * 3072u + u32(position.y) * 32u + u32(position.x);
        rgb = vec3f(byte_at(i), byte_at(i + 1024u), byte_at(i + 2048u)) / 255.0;
    }
    x[pixel] = vec4f((rgb - vec3f(MEAN_R, MEAN_G, MEAN_B)) / vec3f(STD_R, STD_G, STD_B), 0.0);
}
