package io.blockofenergy.cloud.local;

import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.DuplicateKeyError;
import java.util.List;
import org.h2.mvstore.MVMap;

/** The index on {@code _id}: the collection's own map, which is ordered by it. */
final class LocalMongoIdIndex extends Index<Object> {
  private final MVMap<Object, byte[]> documents;

  LocalMongoIdIndex(String name, List<IndexKey> keys, MVMap<Object, byte[]> documents) {
    super(name, List.copyOf(keys), false);
    this.documents = documents;
  }

  @Override
  public Object getPosition(Document document) {
    return Missing.ofNullable(document.get("_id"));
  }

  @Override
  public void checkAdd(Document document, MongoCollection<Object> collection) {
    Object id = getPosition(document);
    if (documents.containsKey(id)) {
      throw new DuplicateKeyError(this, collection, getKeys(), new KeyValue(id));
    }
  }

  @Override
  public void add(Document document, Object position, MongoCollection<Object> collection) {
    // Storing the document was adding it.
  }

  @Override
  public Object remove(Document document) {
    Object id = getPosition(document);
    return documents.containsKey(id) ? id : null;
  }

  @Override
  public void checkUpdate(
      Document oldDocument, Document newDocument, MongoCollection<Object> collection) {
    // An _id never changes.
  }

  @Override
  public void updateInPlace(
      Document oldDocument,
      Document newDocument,
      Object position,
      MongoCollection<Object> collection) {
    // An _id never changes.
  }

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
    return documents.sizeAsLong();
  }

  @Override
  public long getDataSize() {
    return getCount();
  }

  @Override
  public boolean isUnique() {
    return true;
  }

  @Override
  public void drop() {
    // Nothing of its own.
  }
}
