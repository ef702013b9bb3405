package io.blockofenergy.cloud.local;

import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.AbstractSynchronizedMongoDatabase;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.oplog.Oplog;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

/** A database as maps in one store: a map a collection, a map a secondary index. */
final class LocalMongoDatabase extends AbstractSynchronizedMongoDatabase<Object> {
  static final String DOCUMENTS = "documents.";
  private static final String INDEX = "index.";

  private final MVStore store;
  private final LongAdder visited;

  LocalMongoDatabase(String name, MVStore store, CursorRegistry cursors, LongAdder visited) {
    super(name, cursors);
    this.store = store;
    this.visited = visited;
    initializeNamespacesAndIndexes();
  }

  @Override
  protected MongoCollection<Object> openOrCreateCollection(String name, CollectionOptions options) {
    return new LocalMongoCollection(this, name, options, cursorRegistry, documents(name), visited);
  }

  private MVMap<Object, byte[]> documents(String collection) {
    return store.openMap(
        DOCUMENTS + getFullCollectionNamespace(collection),
        new MVMap.Builder<Object, byte[]>()
            .keyType(new LocalMongoTypes.Key())
            .valueType(new LocalMongoTypes.Whole()));
  }

  @Override
  protected Index<Object> openOrCreateUniqueIndex(
      String collection, String name, List<IndexKey> keys, boolean sparse) {
    if (keys.size() == 1 && keys.get(0).getKey().equals("_id")) {
      return new LocalMongoIdIndex(name, keys, documents(collection));
    }
    return LocalMongoIndex.open(store, indexMap(collection, name), name, keys, true, sparse);
  }

  @Override
  protected Index<Object> openOrCreateSecondaryIndex(
      String collection, String name, List<IndexKey> keys, boolean sparse) {
    return LocalMongoIndex.open(store, indexMap(collection, name), name, keys, false, sparse);
  }

  private String indexMap(String collection, String index) {
    return INDEX + getFullCollectionNamespace(collection) + "." + index;
  }

  @Override
  protected void dropIndex(MongoCollection<Object> collection, String name) {
    super.dropIndex(collection, name);
    String map = indexMap(collection.getCollectionName(), name);
    remove(map);
    remove("arrays." + map);
  }

  @Override
  public void dropCollection(String name, Oplog oplog) {
    super.dropCollection(name, oplog);
    remove(DOCUMENTS + getFullCollectionNamespace(name));
  }

  private void remove(String map) {
    if (store.hasMap(map)) {
      store.removeMap(map);
    }
  }

  @Override
  public void moveCollection(MongoDatabase from, MongoCollection<?> collection, String name) {
    String oldName = collection.getFullName();
    super.moveCollection(from, collection, name);
    MVMap<Object, byte[]> map = ((LocalMongoCollection) collection).documents();
    store.renameMap(map, DOCUMENTS + getFullCollectionNamespace(name));
    for (Index<?> index : collection.getIndexes()) {
      if (index instanceof LocalMongoIndex secondary) {
        store.renameMap(secondary.entries(), indexMap(name, index.getName()));
        String arrays = "arrays." + INDEX + oldName + "." + index.getName();
        store.renameMap(
            store.<String, Boolean>openMap(arrays), "arrays." + indexMap(name, index.getName()));
      }
    }
  }

  @Override
  protected long getFileSize() {
    return store.getFileStore() == null ? 0 : store.getFileStore().size();
  }

  @Override
  protected long getStorageSize() {
    return getFileSize();
  }
}
