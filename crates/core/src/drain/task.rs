use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Body;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::office::Office;
use crate::call::CallHandle;
use crate::end::DrainResult;

/// Polls a body that nobody waits for, until it has said what there is to say or a bound is reached. The tap below does
/// the reading, and ends the call with the body.
pub(super) async fn read_to_the_end<B>(
    mut body: B,
    call: CallHandle,
    office: Arc<Office>,
    permit: OwnedSemaphorePermit,
) where
    B: Body<Data = Bytes> + Unpin,
{
    let reading = timeout(office.max_time, read(&mut body, &call, office.max_bytes));
    let given_up = match office.stop.run_until_cancelled(reading).await {
        Some(Ok(finished)) => finished.err(),
        Some(Err(_)) => Some(DrainResult::MaxTime),
        None => Some(DrainResult::Stopped),
    };
    if let Some(reason) = given_up {
        call.shared.annotate(|notes| notes.drain = Some(reason));
    }
    drop(body);
    drop(permit);
}

async fn read<B>(body: &mut B, call: &CallHandle, mut rest: u64) -> Result<(), DrainResult>
where
    B: Body<Data = Bytes> + Unpin,
{
    while let Some(length) = poll_fn(|cx| poll_length(Pin::new(&mut *body), cx)).await {
        let length = length?;
        if call.shared.is_terminal() || !call.is_live() {
            break;
        }
        rest = rest.checked_sub(length).ok_or(DrainResult::MaxBytes)?;
        // A body whose frames are all there already must not keep the thread to itself.
        tokio::task::consume_budget().await;
    }
    Ok(())
}

/// The length of the next frame's data.
fn poll_length<B>(body: Pin<&mut B>, cx: &mut Context<'_>) -> Poll<Option<Result<u64, DrainResult>>>
where
    B: Body<Data = Bytes>,
{
    body.poll_frame(cx).map(|frame| {
        frame.map(|frame| {
            let frame = frame.map_err(|_| DrainResult::Failed)?;
            Ok(frame.data_ref().map_or(0, |data| data.len() as u64))
        })
    })
}
