//! Lists of flow runs, filtered, a page at a time: found within the one index `flow_run_listed`, which holds all that is
//! filtered by; only the rows that are shown are read. The columns in it are wrapped so that no other index is preferred,
//! which would first have to sort all that it finds.

use castra_core::label::LabelSet;
use castra_core::state::StateKind;
use jiff::Timestamp;
use uuid::Uuid;

use crate::database::{Row, Transaction, Value};
use crate::error::Result;

/// Which runs are asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunFilter {
    /// Their states; any if there is none.
    pub states: Vec<StateKind>,
    /// The group of their flow.
    pub flow_group_id: Option<Uuid>,
    /// A label that they carry.
    pub label: Option<String>,
    /// The agent that claimed them last.
    pub agent_id: Option<Uuid>,
    /// Text that their name holds, whatever its case.
    pub name: Option<String>,
    /// They were to start then or later.
    pub from: Option<Timestamp>,
    /// They were to start before.
    pub to: Option<Timestamp>,
}

/// Which way a list goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RunOrder {
    /// From the latest start to the earliest.
    #[default]
    LatestFirst,
    /// From the earliest start to the latest.
    EarliestFirst,
}

/// A place in a list, right after a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunPlace {
    /// When the run was to start.
    pub scheduled_start_time: Timestamp,
    /// The run.
    pub id: Uuid,
}

/// A run in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct RunListed {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: StateKind,
    /// What the state says.
    pub state_message: Option<String>,
    /// The group of its flow.
    pub flow_group_id: Uuid,
    /// Its flow's name.
    pub flow_name: String,
    /// Its flow's version.
    pub flow_version: i64,
    /// Its labels.
    pub labels: LabelSet,
    /// The name of the agent that claimed it last.
    pub agent_name: Option<String>,
    /// When it was to start.
    pub scheduled_start_time: Timestamp,
    /// When it first ran.
    pub start_time: Option<Timestamp>,
    /// When it ended.
    pub end_time: Option<Timestamp>,
}

impl RunListed {
    /// Its place in the list.
    pub fn place(&self) -> RunPlace {
        RunPlace { scheduled_start_time: self.scheduled_start_time, id: self.id }
    }
}

/// The runs that a filter finds, from a place on.
///
/// # Errors
/// [`StoreError`](crate::StoreError) of the database.
pub fn runs(
    tx: &mut Transaction<'_>,
    filter: &RunFilter,
    order: RunOrder,
    after: Option<RunPlace>,
    limit: usize,
) -> Result<Vec<RunListed>> {
    let mut found = Conditions::default();
    found.filter(tx, filter)?;
    found.beyond(order, after);
    let ids = found.ids(order, limit);
    let direction = order.direction();
    let sql = format!(
        "select r.id, r.name, r.state, r.state_message, f.flow_group_id, f.name, f.version, r.labels, agent.name,
             r.scheduled_start_time, r.start_time, r.end_time
         from ({ids}) found join flow_run r on r.id = found.id join flow f on f.id = r.flow_id
             left join agent on agent.id = r.agent_id
         order by r.scheduled_start_time {direction}, r.id {direction}"
    );
    tx.query(&sql, &found.values, read)
}

fn read(row: &Row<'_>) -> Result<RunListed> {
    Ok(RunListed {
        id: row.get(0)?,
        name: row.get(1)?,
        state: row.get(2)?,
        state_message: row.get(3)?,
        flow_group_id: row.get(4)?,
        flow_name: row.get(5)?,
        flow_version: row.get(6)?,
        labels: row.get(7)?,
        agent_name: row.get(8)?,
        scheduled_start_time: row.get(9)?,
        start_time: row.get(10)?,
        end_time: row.get(11)?,
    })
}

impl RunOrder {
    fn direction(self) -> &'static str {
        match self {
            RunOrder::LatestFirst => "desc",
            RunOrder::EarliestFirst => "asc",
        }
    }
}

/// What a statement asks, and the values of its placeholders.
#[derive(Default)]
struct Conditions {
    sql: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    /// The placeholder of a value.
    fn value(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    /// `expression` is one of these.
    fn one_of<T: Into<Value>>(&mut self, expression: &str, values: impl IntoIterator<Item = T>) {
        let places: Vec<_> = values.into_iter().map(|value| self.value(value)).collect();
        self.sql.push(match places.is_empty() {
            true => "1 = 0".to_owned(),
            false => format!("{expression} in ({})", places.join(", ")),
        });
    }

    fn filter(&mut self, tx: &mut Transaction<'_>, filter: &RunFilter) -> Result<()> {
        if let Some(from) = filter.from {
            let place = self.value(from);
            self.sql.push(format!("scheduled_start_time >= {place}"));
        }
        if let Some(to) = filter.to {
            let place = self.value(to);
            self.sql.push(format!("scheduled_start_time < {place}"));
        }
        if !filter.states.is_empty() {
            self.one_of("(state || '')", filter.states.iter().copied());
        }
        if let Some(flow_group_id) = filter.flow_group_id {
            self.one_of("(flow_id || '')", flows_of(tx, flow_group_id)?);
        }
        if let Some(label) = &filter.label {
            self.one_of("(route_id + 0)", routes_with(tx, label)?);
        }
        if let Some(agent_id) = filter.agent_id {
            self.one_of("(agent_id || '')", [agent_id]);
        }
        if let Some(name) = &filter.name {
            let name = name.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            let place = self.value(format!("%{name}%"));
            self.sql.push(format!("name like {place} escape '\\'"));
        }
        Ok(())
    }

    fn beyond(&mut self, order: RunOrder, after: Option<RunPlace>) {
        let Some(RunPlace { scheduled_start_time, id }) = after else { return };
        let (time, id) = (self.value(scheduled_start_time), self.value(id));
        let beyond = match order {
            RunOrder::LatestFirst => "<",
            RunOrder::EarliestFirst => ">",
        };
        self.sql.push(format!("(scheduled_start_time, id) {beyond} ({time}, {id})"));
    }

    /// The statement that finds the ids.
    fn ids(&mut self, order: RunOrder, limit: usize) -> String {
        let limit = self.value(limit as i64);
        let filter = match self.sql.is_empty() {
            true => String::new(),
            false => format!("where {}", self.sql.join(" and ")),
        };
        let direction = order.direction();
        format!(
            "select id from flow_run {filter}
             order by scheduled_start_time {direction}, id {direction} limit {limit}"
        )
    }
}

fn flows_of(tx: &mut Transaction<'_>, flow_group_id: Uuid) -> Result<Vec<Uuid>> {
    let sql = "select id from flow where flow_group_id = ?1";
    tx.query(sql, &[flow_group_id.into()], |row| row.get(0))
}

fn routes_with(tx: &mut Transaction<'_>, label: &str) -> Result<Vec<i64>> {
    let routes = tx.query("select id, labels from route", &[], |row| {
        Ok((row.get::<i64>(0)?, row.get::<LabelSet>(1)?))
    })?;
    let carries = |labels: &LabelSet| labels.iter().any(|it| it == label);
    Ok(routes.into_iter().filter(|(_, labels)| carries(labels)).map(|(id, _)| id).collect())
}
