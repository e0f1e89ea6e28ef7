//! AWS as the ECS launcher speaks to it: JSON and query requests, signed by AWS' own library with the credentials that its
//! own chain finds. Requests are JSON as people wrote it, because a typed client would drop the fields that it does not
//! know. `client.rs` sends, `credentials.rs` and `endpoint.rs` say as whom and whereto, `bucket.rs` how fast, `error.rs`
//! what a refusal means and `patience.rs` whether to ask again. Which requests there are is for `api.rs`.

mod bucket;
mod client;
mod credentials;
mod endpoint;
mod error;
mod patience;

pub(crate) use client::{Aws, Service, unreadable};
pub(crate) use credentials::load;
pub(crate) use error::{AwsError, Nature};
pub(crate) use patience::{log_refusal, refused_by_aws, retried, until_answered, wait_after};
