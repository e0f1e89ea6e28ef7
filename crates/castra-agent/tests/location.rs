//! Files are read by location: from this machine, from a web server, from S3, which here is moto's server, and from Google
//! Cloud Storage and Azure, whose documented answers to a GET are given by stand-ins.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod support;

use axum::Router;
use axum::extract::Path;
use axum::http::header::{AUTHORIZATION, ETAG, LAST_MODIFIED};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use castra_agent::launchers::location::{LARGEST, LocationError, Locations};
use serde_json::json;
use support::moto::Moto;

const JOB: &str = "kind: Job\nspec: { suspend: no }\n";

fn nobody() -> Locations {
    Locations::new([])
}

async fn refusal(locations: &Locations, location: &str) -> String {
    locations.read_yaml(location).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_file_of_this_machine_is_read_by_path_and_by_url() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("job.yaml").display().to_string();
    std::fs::write(&path, JOB).unwrap();
    for location in
        [path.clone(), format!("file://{path}"), format!("agent://{path}"), format!("local://{path}")]
    {
        let document = nobody().read_yaml(&location).await;
        assert_eq!(document, Ok(json!({ "kind": "Job", "spec": { "suspend": false } })), "{location}");
    }
}

#[tokio::test]
async fn a_byte_order_mark_is_no_part_of_the_document() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("job.yaml").display().to_string();
    std::fs::write(&path, "\u{feff}kind: Job").unwrap();
    assert_eq!(nobody().read_yaml(&path).await, Ok(json!({ "kind": "Job" })));
}

#[tokio::test]
async fn a_file_that_cannot_be_taken_is_refused_with_its_location() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        format!("agent://{}", path.display())
    };
    let locations = [
        format!("agent://{}/absent.yaml", folder.path().display()),
        "agent://job.yaml".to_owned(),
        format!("agent://{}", folder.path().display()),
        file("large", &vec![b' '; LARGEST + 1]),
        file("binary", b"\xff\xfe\x00"),
        file("no.yaml", b"a: [1"),
        "ftp://host/job.yaml".to_owned(),
        "s3://".to_owned(),
    ];
    let mut refusals = Vec::new();
    for location in locations {
        let refusal = refusal(&nobody(), &location).await;
        refusals.push(refusal.replace(&folder.path().display().to_string(), "/FOLDER"));
    }
    insta::assert_snapshot!(refusals.join("\n"), @r#"
    there is no file at agent:///FOLDER/absent.yaml
    there is no file at agent://job.yaml; after agent:// comes an absolute path, as in agent:///etc/job.yaml
    agent:///FOLDER cannot be read: it is not a file
    the file at agent:///FOLDER/large is larger than 1 MiB: it is hardly the one that is meant
    the file at agent:///FOLDER/binary is not text in UTF-8
    the file at agent:///FOLDER/no.yaml is not YAML: the YAML text is wrong at line 2, column 1: while parsing a flow sequence, expected ',' or ']'
    ftp://host/job.yaml cannot be read: its scheme is none of agent://, file://, https://, http://, s3://, gs://, gcs:// and az://
    s3:// cannot be read: Unable to recognise URL "s3://"
    "#);
}

/// Serves on a free port; its address.
async fn served(app: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    address
}

async fn web_server() -> String {
    let app = Router::new()
        .route("/job.yaml", get(async || JOB))
        .route("/large", get(async || vec![b' '; LARGEST + 1]))
        .route("/secret", get(async || StatusCode::FORBIDDEN))
        .route("/busy", get(async || StatusCode::SERVICE_UNAVAILABLE));
    served(app).await
}

#[tokio::test]
async fn a_file_is_read_from_a_web_server() {
    let server = web_server().await;
    let document = nobody().read_yaml(&format!("{server}/job.yaml?signature=s3cr3t")).await;
    assert_eq!(document, Ok(json!({ "kind": "Job", "spec": { "suspend": false } })));
}

#[tokio::test]
async fn what_a_web_server_does_not_give_is_explained_without_secrets() {
    let server = web_server().await;
    let mut refusals = Vec::new();
    for path in ["absent", "secret?signature=s3cr3t", "busy", "large"] {
        refusals
            .push(refusal(&nobody(), &format!("{server}/{path}")).await.replace(&server, "http://SERVER"));
    }
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = free.local_addr().unwrap().to_string();
    drop(free);
    let unreachable = refusal(&nobody(), &format!("http://me:s3cr3t@{nowhere}/job.yaml?s3cr3t")).await;
    refusals.push(unreachable.replace(&nowhere, "NOWHERE"));
    insta::assert_snapshot!(refusals.join("\n"), @r#"
    there is no file at http://SERVER/absent
    the agent may not read http://SERVER/secret?…: the server answers with status 403 Forbidden. Grant it the permission to read it
    http://SERVER/busy cannot be reached: the server answers with status 503 Service Unavailable
    the file at http://SERVER/large is larger than 1 MiB: it is hardly the one that is meant
    http://NOWHERE/job.yaml?… cannot be reached: Connection refused (os error 111)
    "#);
}

#[tokio::test]
async fn a_file_is_read_from_s3() {
    let Some(moto) = Moto::start("nothing is read from S3") else { return };
    moto.put("/bucket", "").await;
    moto.put("/bucket/jobs/a%20job.yaml", JOB).await;
    moto.put("/bucket/large", vec![b' '; LARGEST + 1]).await;
    let locations = Locations::new(moto.variables());
    for location in ["s3://bucket/jobs/a job.yaml", "s3://bucket/jobs/a%20job.yaml"] {
        let document = locations.read_yaml(location).await;
        assert_eq!(document, Ok(json!({ "kind": "Job", "spec": { "suspend": false } })), "{location}");
    }
    let mut refusals = Vec::new();
    for location in ["s3://bucket/absent.yaml", "s3://nobucket/job.yaml", "s3://bucket/large"] {
        refusals.push(refusal(&locations, location).await);
    }
    insta::assert_snapshot!(refusals.join("\n"), @r#"
    there is no file at s3://bucket/absent.yaml
    there is no file at s3://nobucket/job.yaml
    the file at s3://bucket/large is larger than 1 MiB: it is hardly the one that is meant
    "#);
}

/// A store that answers as Google Cloud Storage (XML API) and Azure Blob Storage do to those who identify themselves like
/// this: with one object in one bucket, and another bucket that is others'.
async fn store(identity: &'static str) -> String {
    let answer = async move |Path((bucket, object)): Path<(String, String)>,
                             headers: HeaderMap|
                -> Response {
        let given = headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap()).unwrap_or_default();
        let refused = |status: StatusCode, code: &str| {
            (status, format!("<Error><Code>{code}</Code></Error>")).into_response()
        };
        match (bucket.as_str(), object.as_str()) {
            _ if !given.starts_with(identity) => refused(StatusCode::UNAUTHORIZED, "AuthenticationRequired"),
            ("bucket", "jobs/a job.yaml") => {
                let about = [(ETAG, "\"1\""), (LAST_MODIFIED, "Wed, 25 Nov 2026 10:00:00 GMT")];
                (about, JOB).into_response()
            }
            ("others", _) => refused(StatusCode::FORBIDDEN, "AccessDenied"),
            _ => refused(StatusCode::NOT_FOUND, "NotFound"),
        }
    };
    served(Router::new().route("/{bucket}/{*object}", get(answer))).await
}

fn with<const N: usize>(variables: [(&str, &str); N]) -> Locations {
    Locations::new(variables.map(|(name, value)| (name.to_owned(), value.to_owned())))
}

#[tokio::test]
async fn a_file_is_read_from_google_cloud_storage() {
    let store = store("Bearer t0ken").await;
    let locations = with([("GOOGLE_BASE_URL", store.as_str()), ("GOOGLE_BEARER_TOKEN", "t0ken")]);
    for location in ["gs://bucket/jobs/a job.yaml", "gcs://bucket/jobs/a%20job.yaml"] {
        let document = locations.read_yaml(location).await;
        assert_eq!(document, Ok(json!({ "kind": "Job", "spec": { "suspend": false } })), "{location}");
    }
    let refusals = [
        refusal(&locations, "gs://bucket/absent.yaml").await,
        refusal(&locations, "gcs://others/job.yaml").await,
        refusal(
            &with([("GOOGLE_BASE_URL", store.as_str()), ("GOOGLE_SKIP_SIGNATURE", "true")]),
            "gs://bucket/job.yaml",
        )
        .await,
    ];
    insta::assert_snapshot!(refusals.join("\n"), @"
    there is no file at gs://bucket/absent.yaml
    the agent may not read gcs://others/job.yaml: Server returned non-2xx status code: 403 Forbidden: <Error><Code>AccessDenied</Code></Error>. Grant it the permission to read it
    the agent may not read gs://bucket/job.yaml: Server returned non-2xx status code: 401 Unauthorized: <Error><Code>AuthenticationRequired</Code></Error>. Grant it the permission to read it
    ");
}

#[tokio::test]
async fn a_file_is_read_from_azure() {
    let store = store("SharedKey account:").await;
    let here = ("AZURE_STORAGE_ENDPOINT", store.as_str());
    let account = ("AZURE_STORAGE_ACCOUNT_NAME", "account");
    let locations = with([here, account, ("AZURE_STORAGE_ACCOUNT_KEY", "czNjcjN0")]);
    for location in ["az://bucket/jobs/a job.yaml", "az://bucket/jobs/a%20job.yaml"] {
        let document = locations.read_yaml(location).await;
        assert_eq!(document, Ok(json!({ "kind": "Job", "spec": { "suspend": false } })), "{location}");
    }
    let refusals = [
        refusal(&locations, "az://bucket/absent.yaml").await,
        refusal(&locations, "az://others/job.yaml").await,
        refusal(&with([here, account, ("AZURE_SKIP_SIGNATURE", "true")]), "az://bucket/job.yaml").await,
    ];
    insta::assert_snapshot!(refusals.join("\n"), @"
    there is no file at az://bucket/absent.yaml
    the agent may not read az://others/job.yaml: Server returned non-2xx status code: 403 Forbidden: <Error><Code>AccessDenied</Code></Error>. Grant it the permission to read it
    the agent may not read az://bucket/job.yaml: Server returned non-2xx status code: 401 Unauthorized: <Error><Code>AuthenticationRequired</Code></Error>. Grant it the permission to read it
    ");
}

#[tokio::test]
async fn who_has_no_permission_is_told_so() {
    let forbidden = async || {
        let body = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
        (StatusCode::FORBIDDEN, body)
    };
    let endpoint = served(Router::new().fallback(forbidden)).await;
    let locations = with([
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "s3cr3t"),
    ]);
    let error = locations.read_yaml("s3://bucket/job.yaml").await.unwrap_err();
    assert!(matches!(error, LocationError::Forbidden { .. }), "{error}");
    insta::assert_snapshot!(error, @r#"the agent may not read s3://bucket/job.yaml: Server returned non-2xx status code: 403 Forbidden: <Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>. Grant it the permission to read it"#);
}

#[tokio::test]
async fn who_has_no_credentials_is_told_which_variables_hold_them() {
    // The address of a machine's own credentials in AWS; here nobody answers at it.
    let closed = ("AWS_METADATA_ENDPOINT".to_owned(), "http://127.0.0.1:9".to_owned());
    let error = Locations::new([closed]).read_yaml("s3://bucket/job.yaml").await.unwrap_err();
    assert!(matches!(error, LocationError::NoCredentials { .. }), "{error}");
    let error = nobody().read_yaml("az://container/job.yaml").await.unwrap_err();
    assert!(matches!(error, LocationError::NoCredentials { .. }), "{error}");
    insta::assert_snapshot!(error, @r#"the agent has no credentials for az://container/job.yaml: set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY in its environment (Account must be specified)"#);
}
