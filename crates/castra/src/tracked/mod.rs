//! Tracked runs: a flow-run process started by an agent. It presents its claim ([`execute`]), and everything that happens
//! waits in the [`outbox`] until the [`reporter`] has told the server of it.

pub(crate) mod execute;
pub(crate) mod outbox;
mod reporter;
#[cfg(test)]
mod tests;
