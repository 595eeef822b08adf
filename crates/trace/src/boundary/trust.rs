/// What a process believes of what its callers say about traces.
///
/// It matters where the headers of a request are read: in a server layer, and in a client layer whose request comes with
/// headers from elsewhere and has no span of this process around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Trust {
    /// The caller's span is the parent, its baggage is taken over, and a parent-based sampler goes by its sampled flag.
    #[default]
    Trust,
    /// A new trace begins, whose first span has a link to the caller's. Samplers see no parent, so that a caller cannot
    /// have its requests exported; its baggage and its trace state are not taken over.
    LinkOnly,
    /// A new trace begins, and the caller's is not looked at.
    Ignore,
}
