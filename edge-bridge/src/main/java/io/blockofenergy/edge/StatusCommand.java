package io.blockofenergy.edge;

import io.blockofenergy.telemetry.InvalidSettingsException;
import io.blockofenergy.telemetry.ManagementConfig;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code edge-bridge status}: asks the running bridge how it is, on its management port. Exit code
 * 0 when it is ready, 1 when it is not or does not answer, 2 for a wrong option or configuration.
 */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Asks the running bridge how it is.")
final class StatusCommand implements Callable<Integer> {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  @Spec private CommandSpec spec;
  @Mixin private ConfigFile file;

  @Option(names = "--json", description = "Print the answer as it comes.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try {
      ManagementConfig management = file.load().management();
      JsonObject status = get(management, "/status");
      JsonObject health = get(management, "/health/ready");
      JsonObject problems = health.getJsonObject("problems", new JsonObject());
      if (json) {
        out.println(status.put("problems", problems).encodePrettily());
      } else {
        out.println("ready: " + (problems.isEmpty() ? "yes" : "no"));
        print(out, "", new JsonObject().put("problems", problems));
        print(out, "", status);
      }
      out.flush();
      return problems.isEmpty() ? 0 : 1;
    } catch (InvalidSettingsException e) {
      err.println(e.getMessage());
      return 2;
    } catch (IOException | DecodeException e) {
      err.println("no bridge answers: " + e.getMessage());
      return 1;
    }
  }

  private static JsonObject get(ManagementConfig management, String path)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://" + management.host() + ':' + management.port() + path);
    try {
      HttpResponse<String> response =
          HttpClient.newBuilder()
              .connectTimeout(TIMEOUT)
              .build()
              .send(
                  HttpRequest.newBuilder(uri).timeout(TIMEOUT).build(),
                  HttpResponse.BodyHandlers.ofString());
      return new JsonObject(response.body());
    } catch (IOException e) {
      throw new IOException(uri + ": " + e, e);
    }
  }

  /** One member a line, those of an object further in; nothing for what is empty. */
  private static void print(PrintWriter out, String indent, JsonObject object) {
    object.forEach(
        member -> {
          if (member.getValue() instanceof JsonObject inner) {
            if (!inner.isEmpty()) {
              out.println(indent + member.getKey() + ':');
              print(out, indent + "  ", inner);
            }
          } else if (member.getValue() != null) {
            out.println(indent + member.getKey() + ": " + member.getValue());
          }
        });
  }
}
