use super::model::{Bucket, BucketSpan, Histogram as Message};
use super::{exemplar, timestamp};
use crate::{Histogram, Histograms, NativeHistogram};

/// The message of a histogram, with the buckets that are to be shown and are there.
pub(super) fn message(histogram: &Histogram<'_>, histograms: Histograms) -> Message {
    let native = histogram.native.filter(|_| histograms != Histograms::Classic);
    let mut message = Message {
        sample_sum: Some(histogram.sum.to_f64()),
        created_timestamp: histogram.created.map(timestamp),
        ..Message::default()
    };
    if native.is_none() || histograms == Histograms::Both {
        classic(histogram, &mut message);
    }
    if let Some(native) = native {
        spans(native, &mut message);
        message.exemplars = histogram.exemplars.iter().flatten().filter_map(exemplar).collect();
    }
    message
}

fn classic(histogram: &Histogram<'_>, message: &mut Message) {
    let mut total = 0;
    let bounds = histogram.bounds.iter().chain(std::iter::once(f64::INFINITY));
    for (number, (bound, count)) in bounds.zip(histogram.counts).enumerate() {
        total += count;
        message.bucket.push(Bucket {
            cumulative_count: Some(total),
            upper_bound: Some(bound),
            exemplar: histogram.exemplars.get(number).and_then(Option::as_ref).and_then(exemplar),
        });
    }
    message.sample_count = Some(total);
}

/// Runs of buckets that follow one another, and the differences between their counts.
fn spans(native: &NativeHistogram, message: &mut Message) {
    message.sample_count = Some(native.count());
    message.schema = Some(native.schema);
    message.zero_threshold = Some(native.zero_threshold);
    message.zero_count = Some(native.zero_count);
    let (mut next, mut last) = (0, 0);
    for (index, count) in native.buckets.iter().filter(|(_, count)| *count > 0) {
        match message.positive_span.last_mut() {
            Some(BucketSpan { length: Some(length), .. }) if *index == next => *length += 1,
            // The first offset counts from bucket 0, the others from the end of the run before.
            _ => message
                .positive_span
                .push(BucketSpan { offset: Some(index.saturating_sub(next)), length: Some(1) }),
        }
        next = index.saturating_add(1);
        let count = i64::try_from(*count).unwrap_or(i64::MAX);
        message.positive_delta.push(count - last);
        last = count;
    }
    if message.positive_span.is_empty() && native.zero_threshold == 0.0 {
        // A span without buckets tells an empty native histogram from a classic one.
        message.positive_span.push(BucketSpan { offset: Some(0), length: Some(0) });
    }
}
