//! The dialog that creates a run and the settings of a flow, as a browser without scripts sends them: what is overridden is on
//! the run, what is not touched comes from the flow.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::server::TestServer;

/// The fields of a form in a page, as a browser sends them when nothing was touched.
fn fields(html: &str) -> Vec<(String, String)> {
    let form = html.split("class=\"dialog\"").nth(1).unwrap().split("</form>").next().unwrap();
    let attribute = |tag: &str, name: &str| {
        let value = tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
        Some(unescaped(value))
    };
    let mut fields = Vec::new();
    let mut rest = form;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let (tag, after) = rest.split_once('>').unwrap();
        let name = attribute(tag, "name");
        let value = match tag.split([' ', '\n']).next().unwrap() {
            "input" if tag.contains("type=\"radio\"") && !tag.contains(" checked") => None,
            "input" => Some(attribute(tag, "value").unwrap_or_default()),
            "textarea" => {
                Some(unescaped(after.split("</textarea>").next().unwrap().trim_start_matches('\n')))
            }
            "select" => Some(chosen(after.split("</select>").next().unwrap())),
            _ => None,
        };
        fields.extend(name.zip(value));
        rest = after;
    }
    fields
}

/// The option that is selected, or the first.
fn chosen(options: &str) -> String {
    let options: Vec<_> = options.split("<option").skip(1).collect();
    let option = options.iter().find(|option| option.contains(" selected")).unwrap_or(&options[0]);
    match option.split_once("value=\"") {
        Some((_, value)) => unescaped(value.split('"').next().unwrap()),
        None => unescaped(option.split_once('>').unwrap().1.split('<').next().unwrap()),
    }
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&#34;", "\"").replace("&#39;", "'").replace("&#60;", "<").replace("&#62;", ">");
    text.replace("&#38;", "&")
}

/// A form's body with these fields in the place of its own.
fn body(html: &str, changed: &[(&str, &str)]) -> String {
    let mut fields = fields(html);
    fields.retain(|(name, _)| !changed.iter().any(|(other, _)| other == name));
    fields.extend(changed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let mut url = reqwest::Url::parse("http://form").unwrap();
    url.query_pairs_mut().extend_pairs(fields);
    url.query().unwrap().to_owned()
}

/// A flow's page, and the forms behind it.
struct Flow<'a> {
    server: &'a TestServer,
    path: String,
}

impl Flow<'_> {
    async fn with<'a>(server: &'a TestServer, fields: Value) -> Flow<'a> {
        let id = server.given_flow_with(fields).await;
        let data = server.data(&format!(r#"{{ flow_by_pk(id: "{id}") {{ flow_group_id }} }}"#)).await;
        let group = data["flow_by_pk"]["flow_group_id"].as_str().unwrap().to_owned();
        Flow { server, path: format!("/flows/{group}") }
    }

    /// Changes these fields of a form and sends it; answers the status, the path it leads to, and the page there.
    async fn send(&self, form: &str, changed: &[(&str, &str)]) -> (StatusCode, String, String) {
        let html = self.server.shown(&format!("{}/{form}", self.path)).await;
        let to = format!("{}/{}", self.path, form.split('?').next().unwrap());
        let answer = self.server.form_from("same-origin", &to, &body(&html, changed)).await;
        let (status, path) = (answer.status(), answer.url().path().to_owned());
        (status, path, answer.text().await.unwrap())
    }

    /// The page of the dialog again, with these fields changed.
    async fn again(&self, html: &str, changed: &[(&str, &str)]) -> String {
        let body = body(html, changed);
        let answer = self.server.form_from("same-origin", &format!("{}/run/form", self.path), &body).await;
        assert_eq!(answer.status(), StatusCode::OK);
        answer.text().await.unwrap()
    }

    /// Creates a run, and answers what it was given.
    async fn run(&self, changed: &[(&str, &str)]) -> Value {
        let (status, path, html) = self.send("run", changed).await;
        assert_eq!(status, StatusCode::OK, "{html}");
        self.given(path.strip_prefix("/runs/").unwrap()).await
    }

    async fn given(&self, run: &str) -> Value {
        let columns = "name labels run_config parameters context scheduled_start_time";
        let mut data =
            self.server.data(&format!(r#"{{ flow_run_by_pk(id: "{run}") {{ {columns} }} }}"#)).await;
        data["flow_run_by_pk"].take()
    }
}

fn of_type(kind: &str) -> Value {
    json!({"name": "etl", "run_config": {"type": kind, "labels": ["gpu"], "env": {"A": "b"}}})
}

const OVERRIDES: [(&str, &str, &str); 6] = [
    ("UniversalRun", "env.value", "c"),
    ("LocalRun", "working_dir", "/srv"),
    ("DockerRun", "image", "flows:2"),
    ("KubernetesRun", "memory_limit", "2Gi"),
    ("ECSRun", "cpu", "1024"),
    ("VertexRun", "machine_type", "e2-highmem-16"),
];

#[tokio::test]
async fn a_form_that_is_not_touched_leaves_everything_to_the_flow() {
    for (kind, _, _) in OVERRIDES {
        let server = TestServer::empty().await;
        let flow = Flow::with(&server, of_type(kind)).await;
        let (status, path, html) = flow.send("run", &[]).await;
        assert_eq!(status, StatusCode::OK, "{kind}: {html}");
        assert!(html.contains("registered with the flow"), "{kind}: {html}");
        let run = flow.given(path.strip_prefix("/runs/").unwrap()).await;
        assert_eq!(run["labels"], json!(["gpu"]), "{kind}");
        assert_eq!(
            run["run_config"],
            of_type(kind)["run_config"],
            "{kind}: as it was registered, to the letter"
        );
    }
}

#[tokio::test]
async fn a_run_config_of_every_type_is_overridden() {
    for (kind, field, text) in OVERRIDES {
        let server = TestServer::empty().await;
        let flow = Flow::with(&server, of_type(kind)).await;
        let changed = match field {
            "env.value" => vec![("env.name", "A"), (field, text)],
            _ => vec![(field, text)],
        };
        let run = flow.run(&changed).await;
        let run_config = &run["run_config"];
        let found = if field == "env.value" { &run_config["env"]["A"] } else { &run_config[field] };
        assert_eq!(found, &json!(text), "{kind}: {run}");
        assert_eq!(run_config["type"], json!(kind));
        assert_eq!(run["labels"], json!(["gpu"]), "{kind}: inherited labels go with the override");
    }
}

#[tokio::test]
async fn what_an_agent_would_send_is_shown_with_what_is_overridden() {
    for (kind, field, text) in OVERRIDES {
        let server = TestServer::empty().await;
        let flow = Flow::with(&server, of_type(kind)).await;
        let changed = match field {
            "env.value" => vec![("env.name", "A"), (field, text)],
            _ => vec![(field, text)],
        };
        let begun = server.shown(&format!("{}/run", flow.path)).await;
        let html = flow.again(&begun, &changed).await;
        let spec = html.split("id=\"rendered\"").nth(1).unwrap_or_else(|| panic!("{kind}: {html}"));
        let spec = unescaped(spec.split("</pre>").next().unwrap());
        assert!(spec.contains(&format!("\"{text}\"")) && spec.contains("(flow run id)"), "{kind}: {spec}");
    }
}

#[tokio::test]
async fn another_type_is_chosen_in_two_steps_without_scripts() {
    let server = TestServer::empty().await;
    let flow = Flow::with(&server, of_type("DockerRun")).await;
    for (kind, field, text) in
        OVERRIDES.into_iter().filter(|(kind, ..)| !["DockerRun", "UniversalRun"].contains(kind))
    {
        let begun = server.shown(&format!("{}/run", flow.path)).await;
        let shown = flow.again(&begun, &[("type", kind), ("show", "type")]).await;
        let answer = server
            .form_from("same-origin", &format!("{}/run", flow.path), &body(&shown, &[(field, text)]))
            .await;
        let path = answer.url().path().to_owned();
        let run = flow.given(path.strip_prefix("/runs/").unwrap()).await;
        assert_eq!((&run["run_config"]["type"], &run["run_config"][field]), (&json!(kind), &json!(text)));
        assert_eq!(run["run_config"]["env"], json!({"A": "b"}), "{kind}: variables go along");
    }
}

#[tokio::test]
async fn labels_are_inherited_none_or_these() {
    let server = TestServer::empty().await;
    let flow = Flow::with(&server, of_type("LocalRun")).await;
    for (saying, labels) in [("inherit", json!(["gpu"])), ("none", json!([])), ("these", json!(["a", "b"]))] {
        for working_dir in ["", "/srv"] {
            let changed = [("labels.saying", saying), ("labels.these", "b, a"), ("working_dir", working_dir)];
            let run = flow.run(&changed).await;
            assert_eq!(run["labels"], labels, "{saying} {working_dir}");
        }
    }
}

#[tokio::test]
async fn labels_of_the_flow_are_kept_when_the_run_config_is_overridden() {
    let server = TestServer::empty().await;
    let flow = Flow::with(&server, of_type("LocalRun")).await;
    flow.send("settings", &[("labels.saying", "these"), ("labels.these", "prod")]).await;
    assert_eq!(flow.run(&[("working_dir", "/srv")]).await["labels"], json!(["prod"]));
}

#[tokio::test]
async fn everything_else_of_a_run_is_given_in_the_form() {
    let server = TestServer::empty().await;
    let parameters = json!([
        {"name": "country", "required": true, "default": null},
        {"name": "limit", "required": false, "default": 5},
        {"name": "dry", "required": false, "default": false},
        {"name": "rest", "required": false, "default": {"a": 1}},
    ]);
    let flow = Flow::with(&server, json!({"name": "etl", "parameters": parameters})).await;
    let run = flow
        .run(&[
            ("name", "by hand"),
            ("start", "later"),
            ("start.at", "2026-12-24T18:00"),
            ("start.zone", "Europe/Berlin"),
            ("parameter.country", "DE"),
            ("parameter.limit", "7"),
            ("context", "{\"why\": \"test\"}"),
            ("log_level", "DEBUG"),
        ])
        .await;
    assert_eq!(run["name"], json!("by hand"));
    assert_eq!(run["parameters"], json!({"country": "DE", "limit": 7}));
    assert_eq!(run["context"], json!({"why": "test"}));
    assert!(run["scheduled_start_time"].as_str().unwrap().starts_with("2026-12-24T17:00:00"), "{run}");
    assert_eq!(run["run_config"]["env"], json!({"PREFECT__LOGGING__LEVEL": "DEBUG"}));
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost() {
    let server = TestServer::empty().await;
    let parameters = json!([{"name": "country", "required": true, "default": null}]);
    let mut fields = of_type("ECSRun");
    fields["parameters"] = parameters;
    let flow = Flow::with(&server, fields).await;
    let changed = [
        ("memory", "4096"),
        ("cpu", "256"),
        ("name", "typed <name>"),
        ("start", "later"),
        ("start.at", "tomorrow"),
        ("context", "{no"),
    ];
    let (status, path, html) = flow.send("run", &changed).await;
    assert_eq!((status, path), (StatusCode::UNPROCESSABLE_ENTITY, format!("{}/run", flow.path)));
    for words in [
        "the run needs a value",
        "“tomorrow” is no time",
        "this is no JSON object",
        "typed &#60;name&#62;",
        "{no</textarea>",
        "value=\"4096\"",
    ] {
        assert!(html.contains(words), "{words}: {html}");
    }
    let (status, _, html) = flow.send("run", &[("parameter.country", "DE"), ("run_task_kwargs", "[")]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(html.contains("id=\"said-run_task_kwargs\"") && html.contains("this is no JSON"), "{html}");
    assert_eq!(server.data("{ flow_run { id } }").await["flow_run"], json!([]));
}

#[tokio::test]
async fn the_preview_tells_what_would_come_of_it() {
    let server = TestServer::empty().await;
    server.given_agent(&["gpu"]).await;
    let flow = Flow::with(&server, of_type("LocalRun")).await;
    let begun = server.shown(&format!("{}/run", flow.path)).await;
    assert!(begun.contains("<strong>yes</strong>") && begun.contains("nothing of it is sent"), "{begun}");
    let html = flow.again(&begun, &[("labels.these", "eu"), ("start.at", "2026-12-24T18:00")]).await;
    assert!(html.contains("choose “these”") && html.contains("choose “later”"), "{html}");
    let html = flow.again(&begun, &[("labels.saying", "none")]).await;
    assert!(html.contains("the run has no labels and the agent has `gpu`"), "{html}");
    let html =
        flow.again(&begun, &[("type", "KubernetesRun"), ("cpu_limit", "1"), ("cpu_request", "2")]).await;
    assert!(html.contains("castra agent kubernetes start --label gpu"), "{html}");
    assert!(html.contains("the limit 1 is less than the request 2"), "{html}");
    assert!(html.contains("Reset</button>"), "{html}");
    let html = flow.again(&begun, &[("working_dir", "/typed"), ("reset", "working_dir")]).await;
    assert!(!html.contains("/typed") && html.contains("nothing of it is sent"), "{html}");
}

#[tokio::test]
async fn a_flow_that_changed_meanwhile_is_noticed() {
    let server = TestServer::empty().await;
    let flow = Flow::with(&server, of_type("LocalRun")).await;
    let begun = server.shown(&format!("{}/run", flow.path)).await;
    flow.send("settings", &[("working_dir", "/new")]).await;
    let answer = server.form_from("same-origin", &format!("{}/run", flow.path), &body(&begun, &[])).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().await.unwrap().contains("has changed since this page was opened"));
}

#[tokio::test]
async fn settings_of_a_flow_count_for_later_runs_until_they_are_reset() {
    for (kind, field, text) in OVERRIDES.into_iter().filter(|(_, field, _)| *field != "env.value") {
        let server = TestServer::empty().await;
        let flow = Flow::with(&server, of_type(kind)).await;
        let (status, path, html) = flow.send("settings", &[(field, text)]).await;
        assert_eq!((status, &path), (StatusCode::OK, &flow.path), "{html}");
        let run = flow.run(&[]).await;
        assert_eq!((&run["run_config"][field], &run["labels"]), (&json!(text), &json!(["gpu"])), "{kind}");
        let html = server.shown(&format!("{}/settings", flow.path)).await;
        let reset = body(&html, &[("reset", field)]);
        let to = format!("{}/settings", flow.path);
        assert_eq!(server.form(&to, &reset).await, flow.path);
        assert_eq!(flow.run(&[]).await["run_config"], of_type(kind)["run_config"], "{kind}");
    }
}

#[tokio::test]
async fn a_run_is_repeated_with_changes() {
    let server = TestServer::empty().await;
    let parameters = json!([{"name": "country", "required": true, "default": null}]);
    let mut fields = of_type("DockerRun");
    fields["parameters"] = parameters;
    let flow = Flow::with(&server, fields).await;
    let changed = [("parameter.country", "DE"), ("image", "flows:2"), ("labels.saying", "none")];
    let (_, path, _) = flow.send("run", &changed).await;
    let link = format!("run?like={}", path.strip_prefix("/runs/").unwrap());
    assert!(server.shown(&path).await.contains(&format!("{}/{link}", flow.path)));
    let (_, path, _) = flow.send(&link, &[("parameter.country", "FR")]).await;
    let run = flow.given(path.strip_prefix("/runs/").unwrap()).await;
    assert_eq!((&run["parameters"], &run["labels"]), (&json!({"country": "FR"}), &json!([])));
    assert_eq!(run["run_config"]["image"], json!("flows:2"));
}

#[tokio::test]
async fn a_form_of_another_site_creates_nothing_and_sets_nothing() {
    let server = TestServer::empty().await;
    let flow = Flow::with(&server, of_type("LocalRun")).await;
    for form in ["run", "run/form", "settings", "settings/form"] {
        let answer = server.form_from("cross-site", &format!("{}/{form}", flow.path), "working_dir=/a").await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{form}");
    }
    assert_eq!(server.data("{ flow_run { id } }").await["flow_run"], json!([]));
}

#[tokio::test]
async fn a_secret_is_never_shown_and_goes_along_with_an_override() {
    let server = TestServer::empty().await;
    let env = json!({"PREFECT__CONTEXT__SECRETS__KEY": "s3cret"});
    let run_task = json!({"overrides": {"containerOverrides": [{"environment": [{"name": "CASTRA_API_KEY", "value": "s3cret"}]}]}});
    let run_config = json!({"type": "ECSRun", "labels": [], "env": env, "run_task_kwargs": run_task});
    let flow = Flow::with(&server, json!({"name": "etl", "run_config": run_config})).await;
    flow.send("settings", &[("memory", "2048")]).await;
    for form in ["run", "settings"] {
        let html = server.shown(&format!("{}/{form}", flow.path)).await;
        assert!(html.contains("********") && !html.contains("s3cret"), "{form}: {html}");
    }
    let run = flow.run(&[("cpu", "1024")]).await["run_config"].take();
    assert_eq!((&run["env"], &run["run_task_kwargs"]), (&env, &run_task));
    assert_eq!((&run["cpu"], &run["memory"]), (&json!("1024"), &json!("2048")));
}
