use super::*;

/// What these words after `castra agent kubernetes install` mean.
fn parsed(words: &[&str]) -> Install {
    #[derive(Parser)]
    #[command(no_binary_name = true)]
    struct Command {
        #[command(flatten)]
        install: Install,
    }
    Command::try_parse_from(words).unwrap().install
}

fn installed(words: &[&str]) -> Result<Vec<Value>> {
    parsed(words).manifests("http://castra.castra.svc:4200", Uuid::from_u128(7))
}

fn refusal(words: &[&str]) -> String {
    installed(words).unwrap_err().to_string()
}

#[test]
fn the_least_that_is_said_installs_an_agent_that_takes_unlabelled_runs() {
    let manifests = installed(&["--image", "castra:1"]).unwrap();
    let yaml: Vec<_> = manifests.iter().map(|manifest| serde_saphyr::to_string(manifest).unwrap()).collect();
    insta::assert_snapshot!(yaml.join("---\n"), @r#"
    apiVersion: v1
    kind: ServiceAccount
    metadata:
      name: castra-agent
      namespace: default
      labels:
        app.kubernetes.io/name: castra-agent
        app.kubernetes.io/instance: castra-agent
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata:
      name: castra-agent
      namespace: default
      labels:
        app.kubernetes.io/name: castra-agent
        app.kubernetes.io/instance: castra-agent
    rules:
    - apiGroups:
      - batch
      resources:
      - jobs
      verbs:
      - create
      - delete
      - get
      - list
      - patch
      - watch
    - apiGroups:
      - ""
      resources:
      - pods
      verbs:
      - delete
      - list
      - watch
    - apiGroups:
      - ""
      resources:
      - pods/log
      verbs:
      - get
    - apiGroups:
      - ""
      resources:
      - events
      verbs:
      - list
      - watch
    - apiGroups:
      - ""
      resources:
      - secrets
      verbs:
      - create
      - get
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: RoleBinding
    metadata:
      name: castra-agent
      namespace: default
      labels:
        app.kubernetes.io/name: castra-agent
        app.kubernetes.io/instance: castra-agent
    roleRef:
      apiGroup: rbac.authorization.k8s.io
      kind: Role
      name: castra-agent
    subjects:
    - kind: ServiceAccount
      name: castra-agent
      namespace: default
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: castra-agent
      namespace: default
      labels:
        app.kubernetes.io/name: castra-agent
        app.kubernetes.io/instance: castra-agent
    spec:
      replicas: 1
      strategy:
        type: Recreate
      selector:
        matchLabels:
          app.kubernetes.io/name: castra-agent
          app.kubernetes.io/instance: castra-agent
      template:
        metadata:
          labels:
            app.kubernetes.io/name: castra-agent
            app.kubernetes.io/instance: castra-agent
        spec:
          serviceAccountName: castra-agent
          securityContext:
            runAsNonRoot: true
            seccompProfile:
              type: RuntimeDefault
          volumes:
          - name: home
            emptyDir: {}
          containers:
          - name: agent
            image: castra:1
            args:
            - agent
            - kubernetes
            - start
            - --api=http://castra.castra.svc:4200
            - --namespace=default
            - --name=castra-agent
            - --agent-id=00000000-0000-0000-0000-000000000007
            env:
            - name: CASTRA_HOME
              value: /var/lib/castra
            volumeMounts:
            - name: home
              mountPath: /var/lib/castra
            securityContext:
              allowPrivilegeEscalation: false
              readOnlyRootFilesystem: true
              capabilities:
                drop:
                - ALL
    "#);
}

#[test]
fn everything_that_is_said_goes_where_it_belongs() {
    let manifests = installed(&[
        "--image=registry.example/castra:1",
        "--image-pull-policy=Always",
        "-n=flows",
        "--name=prod",
        "-l=prod",
        "-l=no",
        "--env=COST=$5 $(HOME)",
        "-i=one,two",
        "--service-account-name=runner",
        "--mem-request=32Mi",
        "--mem-limit=64Mi",
        "--cpu-limit=500m",
        "--",
        "--max-running",
        "20",
    ])
    .unwrap();
    let mut pod = manifests[3]["spec"]["template"]["spec"].clone();
    insta::assert_json_snapshot!(pod["containers"][0].take(), @r#"
    {
      "name": "agent",
      "image": "registry.example/castra:1",
      "args": [
        "agent",
        "kubernetes",
        "start",
        "--api=http://castra.castra.svc:4200",
        "--namespace=flows",
        "--name=prod",
        "--agent-id=00000000-0000-0000-0000-000000000007",
        "--label=prod",
        "--label=no",
        "--env=COST=$$5 $$(HOME)",
        "--service-account-name=runner",
        "--image-pull-secrets=one,two",
        "--max-running",
        "20"
      ],
      "env": [
        {
          "name": "CASTRA_HOME",
          "value": "/var/lib/castra"
        }
      ],
      "volumeMounts": [
        {
          "name": "home",
          "mountPath": "/var/lib/castra"
        }
      ],
      "securityContext": {
        "allowPrivilegeEscalation": false,
        "readOnlyRootFilesystem": true,
        "capabilities": {
          "drop": [
            "ALL"
          ]
        }
      },
      "imagePullPolicy": "Always",
      "resources": {
        "requests": {
          "memory": "32Mi"
        },
        "limits": {
          "memory": "64Mi",
          "cpu": "500m"
        }
      }
    }
    "#);
    insta::assert_json_snapshot!(pod, @r#"
    {
      "serviceAccountName": "prod",
      "securityContext": {
        "runAsNonRoot": true,
        "seccompProfile": {
          "type": "RuntimeDefault"
        }
      },
      "volumes": [
        {
          "name": "home",
          "emptyDir": {}
        }
      ],
      "containers": [
        null
      ],
      "imagePullSecrets": [
        {
          "name": "one"
        },
        {
          "name": "two"
        }
      ]
    }
    "#);
    for manifest in &manifests {
        assert_eq!(
            (&manifest["metadata"]["name"], &manifest["metadata"]["namespace"]),
            (&json!("prod"), &json!("flows"))
        );
    }
}

/// YAML has words that are no text unless they are quoted.
#[test]
fn what_is_printed_is_read_as_it_was_meant() {
    let tricky = [
        "no",
        "on",
        "y",
        "null",
        "~",
        "010",
        "1e3",
        "0x1f",
        "12:30:45",
        "2026-01-01",
        "",
        " ",
        "a: b",
        "#",
        "=",
        "<<",
    ];
    let mut words = vec!["--image=castra:1".to_owned()];
    words.extend(tricky.map(|label| format!("--label={label}")));
    words.extend(tricky.map(|value| format!("--env=A={value}\nB: {value}")));
    let manifests = installed(&words.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
    for manifest in manifests {
        let yaml = serde_saphyr::to_string(&manifest).unwrap();
        assert_eq!(castra_core::yaml::parse(&yaml), Ok(manifest), "{yaml}");
    }
    for word in tricky {
        let yaml = serde_saphyr::to_string(&json!({ word: word })).unwrap();
        assert_eq!(castra_core::yaml::parse(&yaml), Ok(json!({ word: word })), "{yaml}");
    }
}

#[test]
fn an_agent_that_keeps_finished_jobs_may_delete_their_secrets() {
    let verbs = |words: &[&str]| installed(words).unwrap()[1]["rules"][4]["verbs"].clone();
    assert_eq!(verbs(&["--image=castra:1"]), json!(["create", "get"]));
    let kept = verbs(&["--image=castra:1", "--", "--disable-job-deletion"]);
    assert_eq!(kept, json!(["create", "delete", "get"]));
}

#[test]
fn what_cannot_work_is_refused_before_anything_is_printed() {
    insta::assert_snapshot!(refusal(&["--image=No//Image"]), @r#"the agent could not run: image: "No//Image" is no image reference: a part between slashes is empty"#);
    insta::assert_snapshot!(refusal(&["--image=castra:1", "--mem-limit=1GB"]), @r#"the agent could not run: memory_limit: "1GB" is no Kubernetes quantity: "GB" is no suffix (did you mean `G` or `Gi`?); there are n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei and an exponent such as e3"#);
    insta::assert_snapshot!(refusal(&["--image=castra:1", "--", "--max-runs=3"]), @"`castra agent kubernetes start` would refuse its options: unexpected argument '--max-runs' found");
    insta::assert_snapshot!(refusal(&["--image=castra:1", "--", "--namespace=other"]), @"`castra agent kubernetes start` would refuse its options: the argument '--namespace <NAMESPACE>' cannot be used multiple times");
    let out_of_reach = parsed(&["--image=castra:1"]).manifests("http://localhost:4200", Uuid::nil());
    insta::assert_snapshot!(out_of_reach.unwrap_err(), @"pods cannot reach http://localhost:4200, which inside of one is the pod itself, unless their template puts them into the host's network: say with --api where the server is for them");
}
