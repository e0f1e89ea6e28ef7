//! The part of the schema that is made from the store's description of the tables: for each its object type, its inputs
//! and its root fields, named as Hasura names them, because clients name them in their variables. A root field makes its
//! whole selection one question to the store; every field below it takes its part out of the answer.

use async_graphql::Value;
use async_graphql::dynamic::{
    Enum, EnumItem, Field, FieldFuture, InputObject, InputValue, Object, ResolverContext, SchemaBuilder,
    TypeRef,
};
use castra_store::Store;
use castra_store::select::{Select, select};
use castra_store::tables::{Column, Kind, TABLES, Table};

use super::errors::Error;
use super::filter::{LIKE_OPERATORS, ORDER_OPERATORS};
use super::order::DIRECTIONS;
use super::pluck::{Shape, owned, pluck};
use super::question;

/// Adds the types of all tables to `schema` and their root fields to `query`.
pub(super) fn register(mut schema: SchemaBuilder, mut query: Object) -> (SchemaBuilder, Object) {
    schema = schema.register(DIRECTIONS.iter().fold(Enum::new("order_by"), |it, (name, _)| it.item(*name)));
    for kind in KINDS {
        schema = schema.register(comparison(*kind));
    }
    for table in TABLES {
        schema = schema.register(object(table)).register(bool_exp(table)).register(order_by(table));
        schema = schema.register(select_column(table));
        schema = aggregates(schema, table);
        query = root_fields(table).into_iter().fold(query, Object::field);
    }
    (schema, query)
}

const KINDS: &[Kind] =
    &[Kind::Uuid, Kind::Text, Kind::Int, Kind::Float, Kind::Boolean, Kind::Timestamp, Kind::Json];

/// The GraphQL type of a kind.
fn scalar(kind: Kind) -> &'static str {
    match kind {
        Kind::Uuid => "uuid",
        Kind::Text => TypeRef::STRING,
        Kind::Int => TypeRef::INT,
        Kind::Float => TypeRef::FLOAT,
        Kind::Boolean => TypeRef::BOOLEAN,
        Kind::Timestamp => "timestamptz",
        Kind::Json => "jsonb",
    }
}

fn root_fields(table: &'static Table) -> [Field; 3] {
    let Table { name, about, .. } = *table;
    let list = Field::new(name, TypeRef::named_nn_list_nn(name), move |context| {
        ask(context, Shape::List, |field| question::list(table, field))
    });
    let by_pk = Field::new(format!("{name}_by_pk"), TypeRef::named(name), move |context| {
        ask(context, Shape::Object, |field| question::by_id(table, field, "id"))
    });
    let aggregate = Field::new(
        format!("{name}_aggregate"),
        TypeRef::named_nn(format!("{name}_aggregate")),
        move |context| ask(context, Shape::Object, |field| question::aggregate(table, field)),
    );
    [
        rows_arguments(list.description(about), table),
        by_pk.description(about).argument(InputValue::new("id", TypeRef::named_nn("uuid"))),
        rows_arguments(aggregate, table),
    ]
}

/// Resolves a root field: puts the question that its whole selection makes to the store.
pub(super) fn ask<'a>(
    context: ResolverContext<'a>,
    shape: Shape,
    question: impl FnOnce(async_graphql::SelectionField<'_>) -> Result<Select, Error>,
) -> FieldFuture<'a> {
    let question = question(context.field());
    FieldFuture::new(async move {
        let answer = async {
            let store = context.data::<Store>().map_err(|error| Error::fault(error.message))?;
            owned(answer(store, question?).await?, shape)
        };
        answer.await.map_err(Error::into_answer)
    })
}

async fn answer(store: &Store, question: Select) -> Result<Value, Error> {
    let text = store.read(move |transaction| select(transaction, &question)).await?;
    serde_json::from_str(&text).map_err(Error::fault)
}

/// The arguments of a field that answers with rows.
fn rows_arguments(field: Field, table: &Table) -> Field {
    let name = table.name;
    field
        .argument(InputValue::new("where", TypeRef::named(format!("{name}_bool_exp"))))
        .argument(InputValue::new("order_by", TypeRef::named_nn_list(format!("{name}_order_by"))))
        .argument(InputValue::new("limit", TypeRef::named(TypeRef::INT)))
        .argument(InputValue::new("offset", TypeRef::named(TypeRef::INT)))
        .argument(InputValue::new("distinct_on", TypeRef::named_nn_list(format!("{name}_select_column"))))
}

fn object(table: &'static Table) -> Object {
    let object = Object::new(table.name).description(table.about);
    let object = table
        .columns
        .iter()
        .fold(object, |object, column| object.field(plucked(column.name, column_type(column), Shape::Leaf)));
    table.relations.iter().fold(object, |object, relation| {
        let target = relation.target;
        if !relation.many {
            return object.field(plucked(relation.name, TypeRef::named(target), Shape::Object));
        }
        // The description's test holds that every relation leads to a table.
        let Some(rows_of) = Table::named(target) else { return object };
        let list = plucked(relation.name, TypeRef::named_nn_list_nn(target), Shape::List);
        let aggregate = format!("{}_aggregate", relation.name);
        let aggregate = plucked(&aggregate, TypeRef::named_nn(format!("{target}_aggregate")), Shape::Object);
        object.field(rows_arguments(list, rows_of)).field(rows_arguments(aggregate, rows_of))
    })
}

/// A column's type. JSON may be null in a column that is not.
fn column_type(column: &Column) -> TypeRef {
    match column.kind {
        Kind::Json => TypeRef::named(scalar(column.kind)),
        kind if column.nullable => TypeRef::named(scalar(kind)),
        kind => TypeRef::named_nn(scalar(kind)),
    }
}

/// A field that is found in the answer under the name that the query gives it.
fn plucked(name: &str, ty: TypeRef, shape: Shape) -> Field {
    Field::new(name, ty, move |context| {
        pluck(context.parent_value, &context.ctx.item.node.response_key().node, shape)
    })
}

fn bool_exp(table: &Table) -> InputObject {
    let name = format!("{}_bool_exp", table.name);
    let input = InputObject::new(&name)
        .field(InputValue::new("_and", TypeRef::named_nn_list(&name)))
        .field(InputValue::new("_or", TypeRef::named_nn_list(&name)))
        .field(InputValue::new("_not", TypeRef::named(&name)));
    let input = table.columns.iter().fold(input, |input, column| {
        let comparison = format!("{}_comparison_exp", scalar(column.kind));
        input.field(InputValue::new(column.name, TypeRef::named(comparison)))
    });
    table.relations.iter().fold(input, |input, relation| {
        input.field(InputValue::new(relation.name, TypeRef::named(format!("{}_bool_exp", relation.target))))
    })
}

/// The conditions on a column of a kind.
fn comparison(kind: Kind) -> InputObject {
    let scalar = scalar(kind);
    let input = InputObject::new(format!("{scalar}_comparison_exp"))
        .field(InputValue::new("_is_null", TypeRef::named(TypeRef::BOOLEAN)));
    if kind == Kind::Json {
        return input
            .field(InputValue::new("_contains", TypeRef::named(scalar)))
            .field(InputValue::new("_has_key", TypeRef::named(TypeRef::STRING)));
    }
    let input = ORDER_OPERATORS
        .iter()
        .fold(input, |input, (name, _)| input.field(InputValue::new(*name, TypeRef::named(scalar))))
        .field(InputValue::new("_in", TypeRef::named_nn_list(scalar)))
        .field(InputValue::new("_nin", TypeRef::named_nn_list(scalar)));
    match kind {
        Kind::Text => LIKE_OPERATORS
            .iter()
            .fold(input, |input, (name, _)| input.field(InputValue::new(*name, TypeRef::named(scalar)))),
        _ => input,
    }
}

fn order_by(table: &Table) -> InputObject {
    let input = InputObject::new(format!("{}_order_by", table.name));
    let input = table
        .columns
        .iter()
        .fold(input, |input, column| input.field(InputValue::new(column.name, TypeRef::named("order_by"))));
    table.relations.iter().filter(|relation| !relation.many).fold(input, |input, relation| {
        input.field(InputValue::new(relation.name, TypeRef::named(format!("{}_order_by", relation.target))))
    })
}

fn select_column(table: &Table) -> Enum {
    let columns = Enum::new(format!("{}_select_column", table.name));
    table.columns.iter().fold(columns, |columns, column| columns.item(EnumItem::new(column.name)))
}

/// The types of a table's figures.
fn aggregates(schema: SchemaBuilder, table: &Table) -> SchemaBuilder {
    let name = table.name;
    let mut fields = Object::new(format!("{name}_aggregate_fields")).field(plucked(
        "count",
        TypeRef::named_nn(TypeRef::INT),
        Shape::Leaf,
    ));
    let mut schema = schema;
    for function in question::FUNCTIONS {
        let type_name = format!("{name}_{}_fields", function.name);
        let columns = table.columns.iter().filter(|column| (function.takes)(column.kind));
        let figures = columns.fold(Object::new(&type_name), |figures, column| {
            let ty = if function.is_float { TypeRef::FLOAT } else { scalar(column.kind) };
            figures.field(plucked(column.name, TypeRef::named(ty), Shape::Leaf))
        });
        if table.columns.iter().any(|column| (function.takes)(column.kind)) {
            schema = schema.register(figures);
            fields = fields.field(plucked(function.name, TypeRef::named(type_name), Shape::Object));
        }
    }
    let aggregate = Object::new(format!("{name}_aggregate"))
        .field(plucked("aggregate", TypeRef::named(fields.type_name()), Shape::Object))
        .field(plucked("nodes", TypeRef::named_nn_list_nn(name), Shape::List));
    schema.register(fields).register(aggregate)
}
