use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower_genai_wire::usage_event::{Output, RequestEditor};

use super::splice::{Edit, Splice, Taken};

pin_project! {
    /// The body of a request that may ask for the usage of its stream although its client did not.
    pub struct RequestBody<B>
    where
        B: Body,
    {
        #[pin]
        splice: Splice<B, Upload>,
    }
}

/// A body that is edited on its way.
#[derive(Debug)]
pub(super) struct Upload {
    editor: RequestEditor,
    outcome: Outcome,
}

/// What became of an upload, for the one who waits for the reply.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome(Arc<AtomicU8>);

const EDITED: u8 = 1;
const HAS_OPTIONS: u8 = 2;

impl Outcome {
    fn tell(&self, editor: &RequestEditor) {
        let edited = if editor.is_edited() { EDITED } else { 0 };
        let options = if editor.has_options() { HAS_OPTIONS } else { 0 };
        self.0.store(edited | options, Relaxed);
    }

    /// Whether the request was edited.
    pub(super) fn is_edited(&self) -> bool {
        self.0.load(Relaxed) & EDITED != 0
    }

    /// Whether the client's request had `stream_options`.
    pub(super) fn has_options(&self) -> bool {
        self.0.load(Relaxed) & HAS_OPTIONS != 0
    }
}

impl<B: Body> RequestBody<B> {
    pub(super) const fn passing(body: B) -> Self {
        Self { splice: Splice::passing(body) }
    }

    /// A body that was collected.
    pub(super) fn collected(taken: Taken<B::Error>, hides_length: bool) -> Self {
        Self { splice: Splice::again(taken, None, hides_length) }
    }

    /// A body that is edited as it passes, the frames first that have been taken of it.
    pub(super) fn editing(taken: &VecDeque<Bytes>, rest: B, outcome: Outcome) -> Self {
        let mut upload = Upload { editor: RequestEditor::new(), outcome };
        let ready = super::splice::spliced(taken, &mut upload, false);
        Self { splice: Splice::editing(ready, rest, upload) }
    }
}

impl Edit for Upload {
    fn push(&mut self, frame: &[u8], out: &mut impl Output) {
        self.editor.push(frame, out);
        self.outcome.tell(&self.editor);
    }

    fn finish(&mut self, out: &mut impl Output) {
        self.editor.finish(out);
    }

    fn most(&self, _: u64) -> Option<u64> {
        None
    }
}

impl Edit for RequestEditor {
    fn push(&mut self, frame: &[u8], out: &mut impl Output) {
        Self::push(self, frame, out);
    }

    fn finish(&mut self, out: &mut impl Output) {
        Self::finish(self, out);
    }

    fn most(&self, _: u64) -> Option<u64> {
        None
    }
}

impl<B: Body<Data = Bytes>> Body for RequestBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        self.project().splice.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.splice.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.splice.size_hint()
    }
}

impl<B> fmt::Debug for RequestBody<B>
where
    B: Body + fmt::Debug,
    B::Error: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequestBody").field(&self.splice).finish()
    }
}
