package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Future;
import io.vertx.ext.mongo.MongoClient;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/** Hands everything on to a client, and fails one call: before it is made, or its answer. */
final class MongoFault {
  private final MongoClient real;
  private String operation;
  private String collection;
  private boolean afterwards;
  private boolean fired;

  MongoFault(MongoClient real) {
    this.real = real;
  }

  MongoClient client() {
    return (MongoClient)
        Proxy.newProxyInstance(
            MongoClient.class.getClassLoader(), new Class<?>[] {MongoClient.class}, this::call);
  }

  /** Fails the first call of this operation on this collection. */
  synchronized void cut(String operation, String collection, boolean afterwards) {
    this.operation = operation;
    this.collection = collection;
    this.afterwards = afterwards;
  }

  synchronized boolean fired() {
    return fired;
  }

  private synchronized boolean hits(Method method, Object[] arguments) {
    boolean hit = method.getName().equals(operation) && collection.equals(arguments[0]);
    if (hit) {
      operation = null;
      fired = true;
    }
    return hit;
  }

  private Object call(Object proxy, Method method, Object[] arguments) throws Throwable {
    boolean hit = hits(method, arguments);
    if (hit && !afterwards) {
      return Future.failedFuture(new UnavailableException("cut off before"));
    }
    Object result;
    try {
      result = method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
    return hit
        ? ((Future<?>) result)
            .compose(done -> Future.failedFuture(new UnavailableException("cut off after")))
        : result;
  }
}
