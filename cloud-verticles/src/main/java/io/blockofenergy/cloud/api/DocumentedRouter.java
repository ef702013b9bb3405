package io.blockofenergy.cloud.api;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.openapi.router.OpenAPIRoute;
import io.vertx.ext.web.openapi.router.RouterBuilder;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.contract.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Makes the API's router from its document. */
final class DocumentedRouter {
  private static final long MAX_BODY_BYTES = 64 << 10;

  /** Of a request's body in the document, where more is taken than usual. */
  private static final String MAX_BODY = "x-maxBodyBytes";

  private final Vertx vertx;
  private final JsonObject document;
  private final IdempotencyKeys keys;
  private final Map<String, Handler<RoutingContext>> handlers;

  /**
   * @param handlers by operationId
   */
  DocumentedRouter(
      Vertx vertx,
      JsonObject document,
      IdempotencyKeys keys,
      Map<String, Handler<RoutingContext>> handlers) {
    this.vertx = vertx;
    this.document = document;
    this.keys = keys;
    this.handlers = handlers;
  }

  /** Fails when an operation has no handler, or a handler no operation. */
  Future<Router> create() {
    return OpenAPIContract.from(vertx, ApiDocument.forRouter(document)).map(this::router);
  }

  private Router router(OpenAPIContract contract) {
    Set<String> documented = new TreeSet<>();
    contract.operations().forEach(operation -> documented.add(operation.getOperationId()));
    if (!documented.equals(handlers.keySet())) {
      Set<String> missing = new TreeSet<>(documented);
      missing.removeAll(handlers.keySet());
      Set<String> unknown = new TreeSet<>(handlers.keySet());
      unknown.removeAll(documented);
      throw new IllegalStateException(
          "operations without a handler: " + missing + ", handlers without one: " + unknown);
    }
    RouterBuilder builder = RouterBuilder.create(vertx, contract);
    for (OpenAPIRoute route : builder.getRoutes()) {
      Operation operation = route.getOperation();
      route.setDoValidation(false);
      if (operation.getRequestBody() != null) {
        route.addHandler(BodyHandler.create(false).setBodyLimit(maxBodyBytes(operation)));
      }
      route.addHandler(
          new RequestCheck(contract.getSchemaRepository(), operation, produces(operation)));
      if (operation.getParameters().stream()
          .anyMatch(parameter -> parameter.getName().equals(IdempotencyKeys.HEADER))) {
        route.addHandler(keys);
      }
      route.addHandler(handlers.get(operation.getOperationId()));
    }
    Router router = builder.createRouter();
    for (Path path : contract.getPaths()) {
      String allowed = String.join(", ", methods(path));
      router
          .route(path.getName().replaceAll("\\{(.*?)}", ":$1"))
          .handler(context -> context.fail(Problem.methodNotAllowed(allowed)));
    }
    return router;
  }

  private static List<String> methods(Path path) {
    List<String> methods = new ArrayList<>();
    path.getOperations().forEach(operation -> methods.add(operation.getHttpMethod().name()));
    return methods.stream().sorted().toList();
  }

  private static long maxBodyBytes(Operation operation) {
    return operation.getRequestBody().getOpenAPIModel().getLong(MAX_BODY, MAX_BODY_BYTES);
  }

  /** The media types of what it answers when all is well. */
  private Set<String> produces(Operation operation) {
    JsonObject responses =
        document
            .getJsonObject("paths")
            .getJsonObject(operation.getOpenAPIPath())
            .getJsonObject(operation.getHttpMethod().name().toLowerCase(Locale.ROOT))
            .getJsonObject("responses");
    Set<String> types = new TreeSet<>();
    for (String status : responses.fieldNames()) {
      if (status.startsWith("2")) {
        JsonObject content = responses.getJsonObject(status).getJsonObject("content");
        types.addAll(content == null ? Set.of() : content.fieldNames());
      }
    }
    return types;
  }
}
