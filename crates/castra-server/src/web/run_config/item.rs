//! The fields that each type of run config has beyond environment and labels, as the form shows them: in which order, under
//! which words, and how their texts are read.

use castra_core::run_config::RunConfigKind;

/// How a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One line.
    Line,
    /// One of these.
    Choice(&'static [&'static str]),
    /// Texts, separated by commas or lines.
    Texts,
    /// Whole numbers, separated by commas or blanks.
    Numbers,
    /// JSON, or YAML.
    Document,
}

/// A field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    /// Its name in the run config.
    pub(super) name: &'static str,
    /// Its name on the page.
    pub(super) words: &'static str,
    pub(super) shape: Shape,
    /// What to write there.
    pub(super) hint: &'static str,
}

const fn field(name: &'static str, words: &'static str, shape: Shape, hint: &'static str) -> Field {
    Field { name, words, shape, hint }
}

/// What the form has one row of, marks as overridden and resets.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item {
    /// A field.
    One(Field),
    /// Fields of which at most one is given.
    OneOf(&'static Alternatives),
}

/// Fields that are ways to say the same.
#[derive(Debug)]
pub(super) struct Alternatives {
    /// The name of the choice in the form.
    pub(super) name: &'static str,
    pub(super) words: &'static str,
    pub(super) fields: &'static [Field],
}

impl Item {
    /// The name by which the form marks and resets it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Item::One(field) => field.name,
            Item::OneOf(alternatives) => alternatives.name,
        }
    }

    /// Its fields.
    pub(super) fn fields(&self) -> &[Field] {
        match self {
            Item::One(field) => std::slice::from_ref(field),
            Item::OneOf(alternatives) => alternatives.fields,
        }
    }
}

const IMAGE: Item = Item::One(field("image", "Image", Shape::Line, "registry.example/flows:1.2"));

const JOB_TEMPLATE: Alternatives = Alternatives {
    name: "job_template_from",
    words: "Job template",
    fields: &[
        field("job_template_path", "Path", Shape::Line, "s3://bucket/job.yaml, agent:///etc/castra/job.yaml"),
        field("job_template", "Inline", Shape::Document, "a Job, in YAML or JSON"),
    ],
};

const TASK_DEFINITION: Alternatives = Alternatives {
    name: "task_definition_from",
    words: "Task definition",
    fields: &[
        field(
            "task_definition_path",
            "Path",
            Shape::Line,
            "s3://bucket/task.yaml, agent:///etc/castra/task.yaml",
        ),
        field(
            "task_definition",
            "Inline",
            Shape::Document,
            "arguments of RegisterTaskDefinition, in YAML or JSON",
        ),
        field("task_definition_arn", "ARN", Shape::Line, "family:revision, or a full ARN"),
    ],
};

const LOCAL: &[Item] =
    &[Item::One(field("working_dir", "Working directory", Shape::Line, "/srv/flows, absolute"))];

const DOCKER: &[Item] = &[
    IMAGE,
    Item::One(field("ports", "Ports", Shape::Numbers, "8080, 9000: published on random ports of the host")),
    Item::One(field(
        "host_config",
        "Host config",
        Shape::Document,
        "arguments of docker-py's create_host_config",
    )),
];

const KUBERNETES: &[Item] = &[
    IMAGE,
    Item::One(field("cpu_request", "CPU request", Shape::Line, "500m")),
    Item::One(field("cpu_limit", "CPU limit", Shape::Line, "2")),
    Item::One(field("memory_request", "Memory request", Shape::Line, "512Mi")),
    Item::One(field("memory_limit", "Memory limit", Shape::Line, "2Gi")),
    Item::One(field("service_account_name", "Service account", Shape::Line, "flows")),
    Item::One(field("image_pull_secrets", "Image pull secrets", Shape::Texts, "names, separated by commas")),
    Item::One(field(
        "image_pull_policy",
        "Image pull policy",
        Shape::Choice(&["Always", "IfNotPresent", "Never"]),
        "",
    )),
    Item::OneOf(&JOB_TEMPLATE),
];

const ECS: &[Item] = &[
    IMAGE,
    Item::One(field("cpu", "CPU", Shape::Line, "1024, or 1 vcpu")),
    Item::One(field("memory", "Memory", Shape::Line, "2048, or 2 GB")),
    Item::One(field("task_role_arn", "Task role", Shape::Line, "the role of the flow's own calls")),
    Item::One(field("execution_role_arn", "Execution role", Shape::Line, "the role that pulls the image")),
    Item::OneOf(&TASK_DEFINITION),
    Item::One(field("run_task_kwargs", "Arguments of RunTask", Shape::Document, "{\"cluster\": \"flows\"}")),
];

const VERTEX: &[Item] = &[
    IMAGE,
    Item::One(field("machine_type", "Machine type", Shape::Line, "e2-standard-4")),
    Item::One(field(
        "service_account",
        "Service account",
        Shape::Line,
        "flows@project.iam.gserviceaccount.com",
    )),
    Item::One(field("network", "Network", Shape::Line, "projects/12345/global/networks/flows")),
    Item::One(field("scheduling", "Scheduling", Shape::Document, "{\"timeout\": \"3600s\"}")),
    Item::One(field(
        "worker_pool_specs",
        "Worker pools",
        Shape::Document,
        "a list of pools, in YAML or JSON",
    )),
];

/// What this type has.
pub(super) fn items(kind: RunConfigKind) -> &'static [Item] {
    match kind {
        RunConfigKind::Universal => &[],
        RunConfigKind::Local => LOCAL,
        RunConfigKind::Docker => DOCKER,
        RunConfigKind::Kubernetes => KUBERNETES,
        RunConfigKind::Ecs => ECS,
        RunConfigKind::Vertex => VERTEX,
    }
}

#[cfg(test)]
mod tests {
    use castra_core::run_config::RunConfig;

    use super::*;

    #[test]
    fn the_form_has_every_field_of_every_type() {
        for kind in RunConfigKind::ALL {
            let wire = RunConfig::new(kind).to_json();
            let shared = ["env", "labels", "type", "__version__"];
            let mut of_type: Vec<_> = wire
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .filter(|key| !shared.contains(key))
                .collect();
            let mut shown: Vec<_> =
                items(kind).iter().flat_map(Item::fields).map(|field| field.name).collect();
            of_type.sort_unstable();
            shown.sort_unstable();
            assert_eq!(shown, of_type, "{kind}");
        }
    }
}
