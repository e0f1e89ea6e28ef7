//! Results as they pass from task to task in memory: JSON values, or values of another language, shared and never copied,
//! also when a mapping takes one apart or puts one together.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use serde::de::value::SeqDeserializer;
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;

/// One result, or one item of a result.
#[derive(Clone, Debug)]
pub enum Data {
    /// A whole result.
    Whole(Arc<Value>),
    /// An item of a result that is a list.
    Item(Arc<Value>, usize),
    /// Several results together: what the children of a mapped task gave.
    List(Arc<[Data]>),
    /// A value of another language.
    Foreign(Arc<dyn Foreign>),
}

/// A value that only another language can read: the engine passes it on, and takes it apart to map over it.
pub trait Foreign: Any + Send + Sync {
    /// Its items, if it is a sequence that can be mapped over.
    fn items(&self) -> Option<Vec<Data>>;

    /// Whether its items take its place when a list that it is in is flattened; text stands for itself.
    fn flattens(&self) -> bool;
}

impl fmt::Debug for dyn Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Foreign")
    }
}

impl Data {
    /// A whole result.
    pub fn new(value: Value) -> Self {
        Data::Whole(Arc::new(value))
    }

    /// What a task leaves that has no result.
    pub fn nothing() -> Self {
        Data::new(Value::Null)
    }

    /// The same, in a form whose items can be counted and taken out one by one; `None` if it is no list.
    pub(crate) fn taken_apart(&self) -> Option<Data> {
        match self {
            Data::Foreign(value) => value.items().map(|items| Data::List(items.into())),
            _ => self.len().map(|_| self.clone()),
        }
    }

    fn flattens(&self) -> bool {
        !matches!(self, Data::Foreign(value) if !value.flattens())
    }

    /// How many items it has, if it is a list.
    pub(crate) fn len(&self) -> Option<usize> {
        match self {
            Data::List(list) => Some(list.len()),
            _ => self.json().and_then(Value::as_array).map(Vec::len),
        }
    }

    /// The item at `index`; `None` if it is no list or too short.
    pub(crate) fn item(&self, index: usize) -> Option<Data> {
        match self {
            Data::List(list) => list.get(index).cloned(),
            Data::Whole(value) => value.as_array()?.get(index).map(|_| Data::Item(Arc::clone(value), index)),
            Data::Item(..) => Some(Data::new(self.json()?.as_array()?.get(index)?.clone())),
            Data::Foreign(_) => None,
        }
    }

    /// The items of its items, if it is a list; what is no list itself is kept (prefect 1.4.1 `flatten_seq`).
    pub(crate) fn flattened(&self) -> Option<Data> {
        let lists = self.taken_apart()?;
        let mut items = Vec::new();
        for index in 0..lists.len()? {
            let item = lists.item(index)?;
            match item.taken_apart().filter(|_| item.flattens()) {
                Some(list) => items.extend((0..list.len()?).filter_map(|index| list.item(index))),
                None => items.push(item),
            }
        }
        Some(Data::List(items.into()))
    }

    /// Reads it as a `T`.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(self)
    }

    /// The JSON of a single value; `None` if it is a list of results, or of another language.
    pub fn json(&self) -> Option<&Value> {
        match self {
            Data::Whole(value) => Some(value),
            Data::Item(value, index) => value.get(*index),
            Data::List(_) | Data::Foreign(_) => None,
        }
    }
}

/// A single value reads itself; of a list only the sequence is given, whatever is asked for.
macro_rules! read_value_or_list {
    ($($method:ident($($argument:ident: $type:ty),*)),* $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, Self::Error> {
            match self {
                Data::Foreign(_) => Err(serde::de::Error::custom("it is a value of another language")),
                Data::List(list) => SeqDeserializer::new(list.iter()).deserialize_any(visitor),
                _ => self.json().unwrap_or(&Value::Null).$method($($argument,)* visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for &'de Data {
    type Error = serde_json::Error;

    read_value_or_list!(
        deserialize_any(),
        deserialize_enum(name: &'static str, variants: &'static [&'static str]),
        deserialize_unit_struct(name: &'static str),
    );

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self.json() {
            Some(value) => value.deserialize_option(visitor),
            None => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        match self.json() {
            Some(value) => value.deserialize_newtype_struct(name, visitor),
            None => visitor.visit_newtype_struct(self),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, serde_json::Error> for &'de Data {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn list(values: &[Value]) -> Data {
        Data::List(values.iter().cloned().map(Data::new).collect())
    }

    #[test]
    fn a_list_of_results_reads_like_one_list() {
        let results = list(&[json!([1, 2]), json!([3])]);
        assert_eq!(results.read::<Vec<Vec<u8>>>().unwrap(), [vec![1, 2], vec![3]]);
        assert_eq!(results.read::<Option<Vec<Vec<u8>>>>().unwrap(), Some(vec![vec![1, 2], vec![3]]));
        assert_eq!(results.read::<Value>().unwrap(), json!([[1, 2], [3]]));
    }

    #[test]
    fn items_are_taken_out_of_whole_results_and_out_of_lists() {
        assert_eq!(Data::new(json!(["a", "b"])).item(1).unwrap().read::<String>().unwrap(), "b");
        assert_eq!(list(&[json!("a"), json!("b")]).item(1).unwrap().read::<String>().unwrap(), "b");
        assert!(Data::new(json!("ab")).item(0).is_none());
    }

    #[test]
    fn lists_of_lists_are_flattened() {
        let numbers = |data: Data| data.flattened().map(|flat| flat.read::<Value>().unwrap());
        assert_eq!(numbers(Data::new(json!([[1, 2], [], [3]]))), Some(json!([1, 2, 3])));
        assert_eq!(numbers(list(&[json!([1]), json!([2])])), Some(json!([1, 2])));
        assert_eq!(numbers(Data::new(json!([[1], 2]))), Some(json!([1, 2])));
        assert_eq!(numbers(Data::new(json!(1))), None);
    }

    /// Numbers from 0 on, as another language would count them.
    struct Range(u64);

    impl Foreign for Range {
        fn items(&self) -> Option<Vec<Data>> {
            Some((0..self.0).map(|number| Data::new(json!(number))).collect())
        }

        fn flattens(&self) -> bool {
            self.0 < 10
        }
    }

    #[test]
    fn values_of_another_language_are_taken_apart_and_flattened_too() {
        let range = |length| Data::Foreign(Arc::new(Range(length)));
        let read = |data: Option<Data>| data.unwrap().read::<Value>().unwrap();
        assert_eq!(read(range(2).taken_apart()), json!([0, 1]));
        let lists = Data::List([range(2), range(0), range(1)].into());
        assert_eq!(read(lists.flattened()), json!([0, 1, 0]));
        assert_eq!(Data::List([range(10)].into()).flattened().unwrap().len(), Some(1));
        insta::assert_snapshot!(range(2).read::<Value>().unwrap_err(), @"it is a value of another language");
    }

    #[test]
    fn what_does_not_fit_is_told_in_words() {
        let error = Data::new(json!("x")).read::<u64>().unwrap_err();
        insta::assert_snapshot!(error, @r#"invalid type: string "x", expected u64"#);
    }
}
