package io.blockofenergy.cloud.local;

import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.AbstractCursor;
import de.bwaldvogel.mongo.backend.AbstractMongoCollection;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.DocumentWithPosition;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.Utils;
import de.bwaldvogel.mongo.bson.Document;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.h2.mvstore.MVMap;

/**
 * A collection as an ordered map of documents by {@code _id}. Queries walk an index and stop at
 * their limit; what is not limited is handed out in batches, each of which finds its place in the
 * index again. Written by one thread at a time, which the backend sees to; read by any.
 */
final class LocalMongoCollection extends AbstractMongoCollection<Object> {
  private final MVMap<Object, byte[]> documents;
  private final LongAdder visited;
  private volatile List<Index<Object>> known = List.of();

  LocalMongoCollection(
      MongoDatabase database,
      String name,
      CollectionOptions options,
      CursorRegistry cursors,
      MVMap<Object, byte[]> documents,
      LongAdder visited) {
    super(database, name, options, cursors);
    this.documents = documents;
    this.visited = visited;
  }

  MVMap<Object, byte[]> documents() {
    return documents;
  }

  @Override
  public void addIndex(Index<Object> index) {
    super.addIndex(index);
    known = List.copyOf(getIndexes());
  }

  @Override
  public void dropIndex(String name) {
    super.dropIndex(name);
    known = List.copyOf(getIndexes());
  }

  @Override
  protected QueryResult queryDocuments(
      Document query, Document orderBy, int skip, int limit, int batchSize, Document fields) {
    LocalMongoPlan plan = LocalMongoPlan.choose(query, orderBy, documents, known);
    if (!plan.isSorted()) {
      Comparator<Document> order = deriveComparator(orderBy);
      Stream<Document> walk = walk(plan.entries(null), plan, null);
      Stream<Document> few = limit > 0 ? first(walk, query, order, (long) skip + limit) : walk;
      return matchDocumentsFromStream(query, few, skip, limit, batchSize, order, fields);
    }
    if (batchSize == 0 || (limit > 0 && limit <= batchSize)) {
      Stream<Document> walk = walk(plan.entries(null), plan, null);
      return matchDocumentsFromStream(query, walk, skip, limit, 0, null, fields);
    }
    Walker walker = new Walker(plan, query, skip, limit, fields);
    List<Document> first = walker.takeDocuments(batchSize);
    if (walker.isEmpty()) {
      return new QueryResult(first);
    }
    cursorRegistry.add(walker);
    return new QueryResult(first, walker);
  }

  private Stream<Document> walk(Iterator<Object> entries, LocalMongoPlan plan, Walker walker) {
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(entries, Spliterator.ORDERED), false)
        .map(
            entry -> {
              if (walker != null) {
                walker.last = entry;
              }
              visited.increment();
              return plan.document(entry);
            })
        .filter(document -> document != null);
  }

  /** The first documents of an order that no index has, without keeping the others. */
  private Stream<Document> first(
      Stream<Document> all, Document query, Comparator<Document> order, long count) {
    PriorityQueue<Document> kept = new PriorityQueue<>(order.reversed());
    all.filter(document -> documentMatchesQuery(document, query))
        .forEach(
            document -> {
              kept.add(document);
              if (kept.size() > count) {
                kept.remove();
              }
            });
    return kept.stream();
  }

  /** The rest of a query, found again in the index by the last entry that was handed out. */
  private final class Walker extends AbstractCursor {
    private final LocalMongoPlan plan;
    private final Document query;
    private final Document fields;
    private final boolean limited;
    private int skip;
    private int left;
    private boolean ended;
    private Object last;

    Walker(LocalMongoPlan plan, Document query, int skip, int limit, Document fields) {
      super(cursorRegistry.generateCursorId());
      this.plan = plan;
      this.query = query;
      this.skip = skip;
      this.limited = limit > 0;
      this.left = limit;
      this.fields = fields;
    }

    @Override
    public synchronized boolean isEmpty() {
      return ended;
    }

    @Override
    public synchronized List<Document> takeDocuments(int count) {
      int wanted = limited ? Math.min(count, left) : count;
      if (ended || wanted == 0) {
        ended = true;
        return Collections.emptyList();
      }
      Stream<Document> walk = walk(plan.entries(last), plan, this);
      List<Document> batch =
          matchDocumentsFromStream(query, walk, skip, wanted, 0, null, fields).collectDocuments();
      skip = 0;
      left -= batch.size();
      ended = batch.size() < wanted || (limited && left == 0);
      return batch;
    }
  }

  @Override
  protected QueryResult matchDocuments(
      Document query, Document orderBy, int skip, int limit, int batchSize, Document fields) {
    return queryDocuments(query, orderBy, skip, limit, batchSize, fields);
  }

  @Override
  protected Object addDocumentInternal(Document document) {
    Object key =
        getIdField() == null
            ? UUID.randomUUID()
            : Missing.ofNullable(Utils.getSubdocumentValue(document, getIdField()));
    documents.put(key, LocalMongoTypes.bytes(document));
    return key;
  }

  @Override
  protected void removeDocument(Object position) {
    documents.remove(position);
  }

  @Override
  protected void handleUpdate(Object position, Document oldDocument, Document newDocument) {
    documents.put(position, LocalMongoTypes.bytes(newDocument));
  }

  @Override
  protected Document getDocument(Object position) {
    return LocalMongoTypes.document(documents.get(position));
  }

  @Override
  protected Stream<DocumentWithPosition<Object>> streamAllDocumentsWithPosition() {
    return documents.entrySet().stream()
        .map(
            entry ->
                new DocumentWithPosition<>(
                    LocalMongoTypes.document(entry.getValue()), entry.getKey()));
  }

  @Override
  public int count() {
    return documents.size();
  }

  @Override
  public boolean isEmpty() {
    return documents.isEmpty();
  }

  /** Adding sizes up would encode each document twice. */
  @Override
  protected boolean tracksDataSize() {
    return false;
  }

  @Override
  protected void updateDataSize(int delta) {
    // Not tracked.
  }

  @Override
  protected int getDataSize() {
    return 0;
  }
}
