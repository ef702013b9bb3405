package io.blockofenergy.cloud.local;

import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.backend.Utils;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.DuplicateKeyError;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

/**
 * A secondary index as an ordered map: the indexed values in the index's order, then the {@code
 * _id}. Written by one thread at a time, which the backend sees to; read by any.
 */
final class LocalMongoIndex extends Index<Object> {
  private static final String ID = "_id";

  private final MVMap<Object[], Boolean> entries;
  private final MVMap<String, Boolean> arrays;
  private final boolean unique;
  private final boolean endsWithId;

  private LocalMongoIndex(
      String name,
      List<IndexKey> keys,
      boolean unique,
      boolean sparse,
      MVMap<Object[], Boolean> entries,
      MVMap<String, Boolean> arrays) {
    super(name, keys, sparse);
    this.entries = entries;
    this.arrays = arrays;
    this.unique = unique;
    this.endsWithId = keys.get(keys.size() - 1).getKey().equals(ID);
  }

  static LocalMongoIndex open(
      MVStore store, String map, String name, List<IndexKey> keys, boolean unique, boolean sparse) {
    boolean[] ascending = new boolean[keys.size()];
    for (int i = 0; i < ascending.length; i++) {
      ascending[i] = keys.get(i).isAscending();
    }
    return new LocalMongoIndex(
        name,
        List.copyOf(keys),
        unique,
        sparse,
        store.openMap(
            map,
            new MVMap.Builder<Object[], Boolean>()
                .keyType(new LocalMongoTypes.Entry(ascending))
                .valueType(new LocalMongoTypes.Nothing())),
        store.openMap("arrays." + map));
  }

  MVMap<Object[], Boolean> entries() {
    return entries;
  }

  /** Whether one entry stands for one document: not so when a document had an array. */
  boolean isWalkable() {
    return arrays.isEmpty();
  }

  static Object position(Object[] entry) {
    return entry[entry.length - 1];
  }

  @Override
  public Object getPosition(Document document) {
    return Missing.ofNullable(document.get(ID));
  }

  @Override
  public void checkAdd(Document document, MongoCollection<Object> collection) {
    if (!unique || isLeftOut(document)) {
      return;
    }
    Object position = getPosition(document);
    for (KeyValue values : getKeyValues(document)) {
      Object[] first = values.stream().toArray();
      Object[] found = entries.ceilingKey(first);
      while (found != null && begins(found, first)) {
        if (LocalMongoTypes.compareValues(position(found), position) != 0) {
          throw new DuplicateKeyError(this, collection, getKeys(), values);
        }
        found = entries.higherKey(found);
      }
    }
  }

  private static boolean begins(Object[] entry, Object[] values) {
    for (int i = 0; i < values.length; i++) {
      if (LocalMongoTypes.compareValues(entry[i], values[i]) != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void add(Document document, Object position, MongoCollection<Object> collection) {
    if (unique && isLeftOut(document)) {
      return;
    }
    for (KeyValue values : getKeyValues(document)) {
      entries.put(entry(values, position), Boolean.TRUE);
    }
    for (IndexKey key : getKeys()) {
      if (Utils.getSubdocumentValueCollectionAware(document, key.getKey()) instanceof Collection
          && arrays.isEmpty()) {
        arrays.put(getName(), Boolean.TRUE);
      }
    }
  }

  private boolean isLeftOut(Document document) {
    return isSparse()
        && getKeys().stream()
            .allMatch(
                key ->
                    Utils.getSubdocumentValueCollectionAware(document, key.getKey())
                        instanceof Missing);
  }

  private Object[] entry(KeyValue values, Object position) {
    int size = values.size();
    Object[] entry = new Object[endsWithId ? size : size + 1];
    for (int i = 0; i < size; i++) {
      entry[i] = values.get(i);
    }
    entry[entry.length - 1] = position;
    return entry;
  }

  @Override
  public Object remove(Document document) {
    Object position = getPosition(document);
    for (KeyValue values : getKeyValues(document)) {
      entries.remove(entry(values, position));
    }
    return position;
  }

  @Override
  public void checkUpdate(
      Document oldDocument, Document newDocument, MongoCollection<Object> collection) {
    checkAdd(newDocument, collection);
  }

  @Override
  public void updateInPlace(
      Document oldDocument,
      Document newDocument,
      Object position,
      MongoCollection<Object> collection) {
    Set<KeyValue> before = getKeyValues(oldDocument);
    if (!before.equals(getKeyValues(newDocument))) {
      remove(oldDocument);
      add(newDocument, position, collection);
    }
  }

  /** The collection chooses its walks itself, see {@link LocalMongoPlan}. */
  @Override
  public boolean canHandle(Document query) {
    return false;
  }

  @Override
  public Iterable<Object> getPositions(Document query) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long getCount() {
    return entries.sizeAsLong();
  }

  @Override
  public long getDataSize() {
    return getCount();
  }

  @Override
  public boolean isUnique() {
    return unique;
  }

  @Override
  public void drop() {
    // The database removes the maps.
  }
}
