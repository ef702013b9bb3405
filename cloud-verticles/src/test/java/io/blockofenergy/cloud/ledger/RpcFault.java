package io.blockofenergy.cloud.ledger;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;

/**
 * Stands before a node and cuts the wire at one request, before the node has it or its answer, and
 * for good: whoever was using it has ended, as far as the node can see.
 */
final class RpcFault {
  private final HttpClient client;
  private final HttpServer server;
  private final String nodeUrl;

  private String method;
  private boolean afterwards;
  private int sends;
  private int sendsBefore;
  private boolean fired;

  RpcFault(Vertx vertx, String nodeUrl) throws Exception {
    this.nodeUrl = nodeUrl;
    client = vertx.createHttpClient();
    server =
        Mongo.await(vertx.createHttpServer().requestHandler(this::pass).listen(0, "127.0.0.1"));
  }

  String url() {
    return "http://127.0.0.1:" + server.actualPort();
  }

  /**
   * Cuts from then on.
   *
   * @param method of JSON-RPC
   * @param sends cuts only after so many transactions were sent
   * @param afterwards whether the node gets the request
   */
  synchronized void cut(String method, int sends, boolean afterwards) {
    this.method = method;
    this.sendsBefore = sends;
    this.afterwards = afterwards;
  }

  synchronized boolean fired() {
    return fired;
  }

  private synchronized boolean hits(String asked) {
    boolean hit = asked.equals(method) && sends >= sendsBefore;
    if (asked.equals("eth_sendRawTransaction")) {
      sends++;
    }
    if (hit) {
      method = null;
      fired = true;
    }
    return hit;
  }

  private void pass(HttpServerRequest request) {
    request
        .body()
        .onSuccess(
            body -> {
              if (fired()) {
                request.connection().close();
                return;
              }
              boolean hit = hits(new JsonObject(body).getString("method"));
              if (hit && !afterwards) {
                request.connection().close();
                return;
              }
              forward(body, request, hit);
            });
  }

  private void forward(Buffer body, HttpServerRequest request, boolean cut) {
    RequestOptions options =
        new RequestOptions()
            .setAbsoluteURI(nodeUrl)
            .setMethod(HttpMethod.POST)
            .putHeader("content-type", "application/json");
    client
        .request(options)
        .compose(out -> out.send(body))
        .compose(in -> in.body())
        .onComplete(
            answer -> {
              if (cut || answer.failed()) {
                request.connection().close();
              } else {
                request
                    .response()
                    .putHeader("content-type", "application/json")
                    .end(answer.result());
              }
            });
  }
}
