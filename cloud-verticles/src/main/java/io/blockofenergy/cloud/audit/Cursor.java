package io.blockofenergy.cloud.audit;

import io.blockofenergy.cloud.audit.Documents.Kept;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Walks a collection in the order of its {@code _id}s, one page ahead of its reader. Blocks while a
 * page is awaited. Belongs to one thread.
 */
final class Cursor {
  private final Documents documents;
  private final String collection;
  private final int limit;
  private final Deque<Kept> page = new ArrayDeque<>();
  private Future<List<Kept>> ahead;

  /**
   * @param after where to begin: after this {@code _id}
   * @param limit of a page, in documents
   */
  Cursor(Documents documents, String collection, String after, int limit) {
    this.documents = documents;
    this.collection = collection;
    this.limit = limit;
    this.ahead = documents.range(collection, after, limit);
  }

  /** The next document, which stays the next; null at the end. */
  Kept peek() {
    while (page.isEmpty() && ahead != null) {
      List<Kept> came = Audit.await(ahead);
      page.addAll(came);
      ahead =
          came.size() < limit
              ? null
              : documents.range(collection, came.get(came.size() - 1).id(), limit);
    }
    return page.peek();
  }

  /** Takes the next document; null at the end. */
  Kept next() {
    peek();
    return page.poll();
  }
}
