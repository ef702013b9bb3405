package io.blockofenergy.cloud.api;

import io.vertx.core.Handler;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.SchemaRepository;
import io.vertx.openapi.contract.Location;
import io.vertx.openapi.contract.MediaType;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.contract.Parameter;
import io.vertx.openapi.contract.RequestBody;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Holds a request against its operation in the document, before the operation's handler sees it;
 * each fault becomes a {@link Problem} that names what is wrong. Parameters are taken as the router
 * decoded them: the library's own check decodes texts a second time, and takes {@code 12.5} for a
 * number though a device may have that name.
 */
final class RequestCheck implements Handler<RoutingContext> {
  private static final int MAX_REPEATED = 100;
  private static final String JSON = "application/json";

  /** Of a request's body in the document, where the handler says more of what is wrong. */
  private static final String CHECKED_BY_HANDLER = "x-checkedByHandler";

  private final SchemaRepository schemas;
  private final Operation operation;
  private final Map<String, Parameter> query = new HashMap<>();
  private final Set<String> produces;

  /**
   * @param produces media types of the operation's answers
   */
  RequestCheck(SchemaRepository schemas, Operation operation, Set<String> produces) {
    this.schemas = schemas;
    this.operation = operation;
    this.produces = produces;
    for (Parameter parameter : operation.getParameters()) {
      if (parameter.getIn() == Location.QUERY) {
        query.put(parameter.getName(), parameter);
      }
    }
  }

  @Override
  public void handle(RoutingContext context) {
    checkAccept(context);
    checkQuery(context);
    Preconditions.checkForm(context);
    for (Parameter parameter : operation.getParameters()) {
      switch (parameter.getIn()) {
        case PATH -> check(parameter, context.pathParam(parameter.getName()));
        case HEADER -> check(parameter, context.request().getHeader(parameter.getName()));
        case QUERY ->
            context.queryParam(parameter.getName()).forEach(value -> check(parameter, value));
        default -> throw new IllegalStateException("no cookies are used");
      }
    }
    if (operation.getRequestBody() != null) {
      checkBody(context, operation.getRequestBody());
    }
    context.next();
  }

  private void checkAccept(RoutingContext context) {
    List<String> accept = context.request().headers().getAll("Accept");
    if (!accept.isEmpty() && !produces.isEmpty() && produces.stream().noneMatch(accepted(accept))) {
      throw Problem.notAcceptable("it is served as " + String.join(", ", produces));
    }
  }

  private static Predicate<String> accepted(List<String> accept) {
    return type -> {
      String any = type.substring(0, type.indexOf('/')) + "/*";
      for (String range : String.join(",", accept).toLowerCase(Locale.ROOT).split(",")) {
        String[] parts = range.strip().split("\\s*;\\s*");
        boolean refused = false;
        for (String parameter : parts) {
          refused |= parameter.matches("q=0(\\.0*)?");
        }
        if (!refused && Set.of(type, any, "*/*").contains(parts[0])) {
          return true;
        }
      }
      return false;
    };
  }

  /** A misspelt filter must not be ignored. */
  private void checkQuery(RoutingContext context) {
    for (String name : context.queryParams().names()) {
      Parameter known = query.get(name);
      if (known == null) {
        throw Problem.badRequest("unknown query parameter " + name);
      }
      List<String> values = context.queryParam(name);
      if (values.size() > 1 && !isRepeatable(known)) {
        throw Problem.badRequest("query parameter " + name + " is given more than once");
      }
      if (values.size() > MAX_REPEATED) {
        throw Problem.badRequest(
            "query parameter " + name + " is given more than " + MAX_REPEATED + " times");
      }
      if (values.contains("")) {
        throw Problem.badRequest("query parameter " + name + " is empty");
      }
    }
    for (Parameter parameter : query.values()) {
      if (parameter.isRequired() && context.queryParam(parameter.getName()).isEmpty()) {
        throw Problem.badRequest(parameter.getName() + " is missing");
      }
    }
  }

  private static boolean isRepeatable(Parameter parameter) {
    return "array".equals(parameter.getSchema().<Object>get("type"));
  }

  private void check(Parameter parameter, String text) {
    if (text == null) {
      return; // what is required is looked for elsewhere; a path has all of its own
    }
    Object value = isRepeatable(parameter) ? new JsonArray().add(text) : value(parameter, text);
    if (!schemas.validator(parameter.getSchema()).validate(value).getValid()) {
      throw Problem.badRequest(parameter.getName() + ' ' + wanted(parameter));
    }
  }

  /** What is not of the type stays a text, which its schema refuses. */
  private static Object value(Parameter parameter, String text) {
    return switch (String.valueOf(parameter.getSchema().<Object>get("type"))) {
      case "integer" -> text.matches("-?(0|[1-9][0-9]{0,17})") ? Long.valueOf(text) : text;
      case "boolean" -> Set.of("true", "false").contains(text) ? Boolean.valueOf(text) : text;
      default -> text;
    };
  }

  private static String wanted(Parameter parameter) {
    JsonSchema schema = parameter.getSchema();
    JsonArray values = schema.get("enum");
    if (values != null) {
      return "must be one of "
          + String.join(", ", values.stream().map(String::valueOf).sorted().toList());
    }
    if (schema.containsKey("minimum") && schema.containsKey("maximum")) {
      return "must be from " + schema.get("minimum") + " to " + schema.get("maximum");
    }
    Object example = parameter.getOpenAPIModel().getValue("example");
    if (schema.containsKey("pattern")) {
      return "is not of its form" + (example == null ? "" : ", such as " + example);
    }
    if (schema.containsKey("maxLength")) {
      return "must be a text of 1 to " + schema.get("maxLength") + " characters";
    }
    return "must be a value of type " + schema.get("type");
  }

  private void checkBody(RoutingContext context, RequestBody wanted) {
    if (context.body().length() <= 0) {
      if (wanted.isRequired()) {
        throw Problem.badRequest("the body is missing");
      }
      return;
    }
    String said = context.request().getHeader("Content-Type");
    // Without a type it is taken for what this operation takes: curl's users forget it.
    String type = said == null ? JSON : said.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    MediaType media = wanted.getContent().get(type);
    if (media == null) {
      throw Problem.unsupportedMediaType(
          "the body must be " + String.join(" or ", wanted.getContent().keySet()));
    }
    Object body;
    try {
      body = Json.decodeValue(context.body().buffer());
    } catch (DecodeException e) {
      throw Problem.badRequest("the body is not JSON");
    }
    if (wanted.getOpenAPIModel().getBoolean(CHECKED_BY_HANDLER, false)) {
      return;
    }
    OutputUnit result = schemas.validator(media.getSchema()).validate(body);
    if (!result.getValid()) {
      throw Problem.badRequest(fault(body, result));
    }
  }

  /** The deepest fault is the one that tells. */
  private static String fault(Object body, OutputUnit result) {
    if (!(body instanceof JsonObject)) {
      return "the body is not a JSON object";
    }
    OutputUnit deepest = null;
    for (OutputUnit each : result.getErrors()) {
      if (deepest == null || depth(each) >= depth(deepest)) {
        deepest = each;
      }
    }
    if (deepest == null) {
      return "the body is not of its form";
    }
    String where = deepest.getInstanceLocation().replaceFirst("^#/?", "");
    return "the body is not of its form"
        + (where.isEmpty() ? "" : " at " + where)
        + ": "
        + deepest.getError();
  }

  private static int depth(OutputUnit unit) {
    return unit.getInstanceLocation().split("/").length;
  }
}
