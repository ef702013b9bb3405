package io.blockofenergy.cloud.local;

import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.bson.BsonRegularExpression;
import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.h2.mvstore.MVMap;

/**
 * Where a query walks: part of an index, some ids, or the whole collection, forwards or backwards.
 * What is walked holds every match; the query itself is still asked of each document.
 */
final class LocalMongoPlan {
  private static final String ID = "_id";

  /** What a query demands of one field; bounds are null when there are none. */
  private static final class Condition {
    boolean equal;
    Object value;
    Object low;
    boolean lowIncluded;
    Object high;
    boolean highIncluded;
    Collection<?> among;

    boolean isRange() {
      return low != null || high != null;
    }
  }

  private record Sort(String field, boolean ascending) {}

  private final MVMap<Object, byte[]> documents;
  private final LocalMongoIndex index;
  private final List<Object> ids;
  private final Object from;
  private final Object to;
  private final boolean backwards;
  private final boolean sorted;

  private LocalMongoPlan(
      MVMap<Object, byte[]> documents,
      LocalMongoIndex index,
      List<Object> ids,
      Object from,
      Object to,
      boolean backwards,
      boolean sorted) {
    this.documents = documents;
    this.index = index;
    this.ids = ids;
    this.from = from;
    this.to = to;
    this.backwards = backwards;
    this.sorted = sorted;
  }

  /** Whether the walk gives documents in the order asked for. */
  boolean isSorted() {
    return sorted;
  }

  /** The entries after the given one, or from the start on null; to be read at once. */
  Iterator<Object> entries(Object after) {
    Iterator<Object> entries;
    if (ids != null) {
      entries = ids.iterator();
      while (after != null && entries.hasNext() && entries.next() != after) {
        continue;
      }
      return entries;
    }
    if (index != null) {
      Object[] start = (Object[]) (after != null ? after : backwards ? to : from);
      Object[] end = (Object[]) (backwards ? from : to);
      entries = objects(index.entries().cursor(start, end, backwards));
    } else {
      Object start = after != null ? after : backwards ? to : from;
      entries = documents.cursor(start, backwards ? from : to, backwards);
    }
    return after == null ? entries : without(entries, after);
  }

  private static Iterator<Object> objects(Iterator<Object[]> arrays) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return arrays.hasNext();
      }

      @Override
      public Object next() {
        return arrays.next();
      }
    };
  }

  /** Leaves out the first entry if it is the given one; it may have been deleted meanwhile. */
  private Iterator<Object> without(Iterator<Object> entries, Object after) {
    if (!entries.hasNext()) {
      return entries;
    }
    Object first = entries.next();
    boolean same =
        index == null
            ? LocalMongoTypes.compareValues(first, after) == 0
            : index.entries().getKeyType().compare((Object[]) first, (Object[]) after) == 0;
    if (same) {
      return entries;
    }
    return new Iterator<>() {
      private boolean begun;

      @Override
      public boolean hasNext() {
        return !begun || entries.hasNext();
      }

      @Override
      public Object next() {
        if (begun) {
          return entries.next();
        }
        begun = true;
        return first;
      }
    };
  }

  /** The document of an entry, or null if it is gone. */
  Document document(Object entry) {
    Object id = index == null ? entry : LocalMongoIndex.position((Object[]) entry);
    return LocalMongoTypes.document(documents.get(id));
  }

  /** Chooses the narrowest walk, and among equally narrow ones one in the order asked for. */
  static LocalMongoPlan choose(
      Document query,
      Document orderBy,
      MVMap<Object, byte[]> documents,
      Collection<Index<Object>> indexes) {
    Map<String, Condition> conditions = new HashMap<>();
    collect(query, conditions);
    List<Sort> sorts = new ArrayList<>();
    if (orderBy != null) {
      orderBy.forEach(
          (field, way) ->
              sorts.add(
                  new Sort(
                      field.equals("$natural") ? ID : field,
                      !(way instanceof Number number) || number.intValue() >= 0)));
    }
    boolean byId = indexes.stream().anyMatch(LocalMongoIdIndex.class::isInstance);
    Condition id = byId ? conditions.get(ID) : null;
    if (id != null && (id.equal || id.among != null)) {
      return ofIds(id, sorts, documents);
    }

    Integer idWay = way(List.of(new Sort(ID, true)), 0, sorts, conditions);
    boolean idSorted = sorts.isEmpty() || idWay != null;
    LocalMongoPlan best =
        new LocalMongoPlan(
            documents,
            null,
            null,
            id == null ? null : id.low,
            id == null ? null : id.high,
            idWay != null && idWay < 0,
            idSorted);
    int bestScore = (id != null && id.isRange() ? 2 : 0) + (idSorted ? 1 : 0);
    for (Index<Object> each : indexes) {
      if (each instanceof LocalMongoIndex candidate
          && candidate.isWalkable()
          && !(candidate.isUnique() && candidate.toIndexDescription().containsKey("sparse"))) {
        List<Sort> order = order(candidate);
        int equal = 0;
        while (equal < candidate.getKeys().size()
            && isEqual(conditions.get(order.get(equal).field()))) {
          equal++;
        }
        Condition range = equal < order.size() ? conditions.get(order.get(equal).field()) : null;
        boolean ranged = range != null && range.isRange();
        Integer way = way(order, equal, sorts, conditions);
        boolean inOrder = sorts.isEmpty() || way != null;
        int score = 4 * equal + (ranged ? 2 : 0) + (inOrder ? 1 : 0);
        if (score > bestScore && (equal > 0 || ranged || (inOrder && !sorts.isEmpty()))) {
          bestScore = score;
          best =
              ofIndex(
                  documents,
                  candidate,
                  prefix(order, equal, conditions),
                  ranged ? range : null,
                  ranged && !order.get(equal).ascending(),
                  way != null && way < 0,
                  inOrder);
        }
      }
    }
    return best;
  }

  private static LocalMongoPlan ofIds(
      Condition id, List<Sort> sorts, MVMap<Object, byte[]> documents) {
    TreeSet<Object> ordered = new TreeSet<>(LocalMongoTypes::compareValues);
    if (id.equal) {
      ordered.add(Missing.ofNullable(id.value));
    } else {
      ordered.addAll(id.among);
    }
    List<Object> ids = new ArrayList<>(ordered);
    boolean sorted = ids.size() < 2 || sorts.isEmpty() || sorts.get(0).field().equals(ID);
    if (!sorts.isEmpty() && sorts.get(0).field().equals(ID) && !sorts.get(0).ascending()) {
      Collections.reverse(ids);
    }
    return new LocalMongoPlan(documents, null, ids, null, null, false, sorted);
  }

  private static LocalMongoPlan ofIndex(
      MVMap<Object, byte[]> documents,
      LocalMongoIndex index,
      List<Object> prefix,
      Condition range,
      boolean descending,
      boolean backwards,
      boolean sorted) {
    List<Object> from = new ArrayList<>(prefix);
    List<Object> to = new ArrayList<>(prefix);
    Object first = range == null ? null : descending ? range.high : range.low;
    Object last = range == null ? null : descending ? range.low : range.high;
    boolean firstIncluded = range != null && (descending ? range.highIncluded : range.lowIncluded);
    boolean lastIncluded = range != null && (descending ? range.lowIncluded : range.highIncluded);
    if (first != null) {
      from.add(first);
      if (!firstIncluded) {
        from.add(LocalMongoTypes.ABOVE);
      }
    }
    if (last != null) {
      to.add(last);
    }
    if (last == null || lastIncluded) {
      to.add(LocalMongoTypes.ABOVE);
    }
    return new LocalMongoPlan(
        documents, index, null, from.toArray(), to.toArray(), backwards, sorted);
  }

  private static List<Sort> order(LocalMongoIndex index) {
    List<Sort> order = new ArrayList<>();
    for (IndexKey key : index.getKeys()) {
      order.add(new Sort(key.getKey(), key.isAscending()));
    }
    if (order.stream().noneMatch(sort -> sort.field().equals(ID))) {
      order.add(new Sort(ID, true));
    }
    return order;
  }

  private static List<Object> prefix(
      List<Sort> order, int equal, Map<String, Condition> conditions) {
    List<Object> prefix = new ArrayList<>();
    for (Sort sort : order.subList(0, equal)) {
      prefix.add(conditions.get(sort.field()).value);
    }
    return prefix;
  }

  /** 1 if the order asked for is the index's own, -1 if it is its reverse, else null. */
  private static Integer way(
      List<Sort> order, int equal, List<Sort> sorts, Map<String, Condition> conditions) {
    int at = equal;
    int way = 0;
    for (Sort sort : sorts) {
      if (isEqual(conditions.get(sort.field()))) {
        continue;
      }
      if (at == order.size() || !order.get(at).field().equals(sort.field())) {
        return null;
      }
      int here = order.get(at).ascending() == sort.ascending() ? 1 : -1;
      if (way != 0 && way != here) {
        return null;
      }
      way = here;
      if (sort.field().equals(ID)) {
        return way;
      }
      at++;
    }
    return way;
  }

  private static boolean isEqual(Condition condition) {
    return condition != null && condition.equal;
  }

  private static void collect(Document query, Map<String, Condition> conditions) {
    query.forEach(
        (field, demand) -> {
          if (field.equals("$and") && demand instanceof Collection<?> parts) {
            for (Object part : parts) {
              if (part instanceof Document document) {
                collect(document, conditions);
              }
            }
          } else if (!field.startsWith("$")) {
            demand(demand, conditions.computeIfAbsent(field, name -> new Condition()));
          }
        });
  }

  private static void demand(Object demand, Condition condition) {
    if (demand instanceof Document operators && !operators.isEmpty()) {
      if (!operators.keySet().iterator().next().startsWith("$")) {
        return;
      }
      operators.forEach(
          (operator, operand) -> {
            switch (operator) {
              case "$eq" -> equal(operand, condition);
              case "$gt", "$gte" -> {
                if (isPlain(operand) && operand != null) {
                  condition.low = normalized(operand);
                  condition.lowIncluded = operator.equals("$gte");
                }
              }
              case "$lt", "$lte" -> {
                if (isPlain(operand) && operand != null) {
                  condition.high = normalized(operand);
                  condition.highIncluded = operator.equals("$lte");
                }
              }
              case "$in" -> {
                if (operand instanceof Collection<?> values
                    && values.stream().allMatch(value -> value != null && isPlain(value))) {
                  condition.among = values;
                }
              }
              default -> {
                // Asked of each document that the walk gives.
              }
            }
          });
    } else {
      equal(demand, condition);
    }
  }

  private static void equal(Object value, Condition condition) {
    if (isPlain(value)) {
      condition.equal = true;
      condition.value = normalized(value);
    }
  }

  private static boolean isPlain(Object value) {
    return !(value instanceof Document
        || value instanceof Collection
        || BsonRegularExpression.isRegularExpression(value));
  }

  private static Object normalized(Object value) {
    return new KeyValue(value).normalized().get(0);
  }
}
