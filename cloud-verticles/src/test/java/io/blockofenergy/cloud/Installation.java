package io.blockofenergy.cloud;

import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Both fat jars as processes, on free ports, with everything embedded: what {@code ./run} starts,
 * without a simulator.
 */
final class Installation implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(90);

  private final HttpClient http = HttpClient.newHttpClient();
  private final Path data;
  private final Map<String, String> environment = new HashMap<>();
  private final Map<String, Integer> ports = new HashMap<>();
  private Process cloud;
  private Process edge;

  Installation(Path data) throws IOException {
    this.data = data;
    List<ServerSocket> held = new ArrayList<>();
    for (String variable :
        List.of(
            "BOE_HTTP_PORT",
            "BOE_MQTT_PORT",
            "BOE_MANAGEMENT_PORT",
            "BOE_EDGE_MANAGEMENT_PORT",
            "BOE_HUB_PORT",
            "BOE_AMQP_PORT",
            "BOE_MONGO_PORT",
            "BOE_CHAIN_PORT",
            "BOE_WITNESS_PORT")) {
      ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      held.add(socket); // all are held until all are drawn, so that no port comes twice
      ports.put(variable, socket.getLocalPort());
      environment.put(variable, Integer.toString(socket.getLocalPort()));
    }
    for (ServerSocket socket : held) {
      socket.close();
    }
  }

  int port(String variable) {
    return ports.get(variable);
  }

  Path data() {
    return data;
  }

  void startCloud() throws Exception {
    cloud = start("cloud", Map.of("BOE_DATA", data.resolve("cloud").toString()));
    awaitReady(cloud, "cloud", port("BOE_MANAGEMENT_PORT"));
  }

  void startEdge() throws Exception {
    startEdge(Map.of());
  }

  /**
   * @param settings variables of its configuration
   */
  void startEdge(Map<String, String> settings) throws Exception {
    Path hub = data.resolve("cloud/hub");
    Map<String, String> all = new HashMap<>(settings);
    all.put("BOE_DATA", data.resolve("edge").toString());
    all.put("BOE_UPLINK_GROUP_KEY_FILE", hub.resolve("group.key").toString());
    all.put("BOE_UPLINK_TRUST_FILE", hub.resolve("ca.pem").toString());
    all.put("BOE_UPLINK_PORT", environment.get("BOE_HUB_PORT"));
    edge = start("edge", all);
    awaitReady(edge, "edge", port("BOE_EDGE_MANAGEMENT_PORT"));
  }

  /** What Linux tells of the bridge's process now. */
  ProcFigures edge() throws IOException {
    return ProcFigures.of(edge.pid());
  }

  /** What Linux tells of the cloud's process now. */
  ProcFigures cloud() throws IOException {
    return ProcFigures.of(cloud.pid());
  }

  void killCloud() throws InterruptedException {
    kill(cloud.toHandle());
  }

  void killEdge() throws InterruptedException {
    kill(edge.toHandle());
  }

  void killChain() throws InterruptedException {
    ProcessHandle anvil =
        cloud
            .descendants()
            .filter(process -> process.info().command().orElse("").endsWith("/anvil"))
            .findFirst()
            .orElseThrow(() -> new AssertionError("the cloud process has no anvil"));
    kill(anvil);
  }

  private static void kill(ProcessHandle process) throws InterruptedException {
    process.destroyForcibly();
    try {
      process.onExit().get(20, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("process " + process.pid() + " survived kill -9", e);
    }
  }

  private Process start(String name, Map<String, String> more) throws IOException {
    String module = name.equals("cloud") ? "cloud-verticles" : "edge-bridge";
    ProcessBuilder builder =
        new ProcessBuilder(java(), "-Xmx512m", "-jar", jar(module).toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(data.resolve(name + ".log").toFile()));
    builder.environment().keySet().removeIf(variable -> variable.startsWith("BOE_"));
    builder.environment().putAll(environment);
    builder.environment().putAll(more);
    builder.environment().putIfAbsent("BOE_ANVIL", anvil().toString());
    return builder.start();
  }

  /** Runs a command of the cloud's jar to its end. */
  Result runCloudJar(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(List.of(java(), "-jar", jar("cloud-verticles").toString()));
    command.addAll(List.of(arguments));
    return run(command);
  }

  static Result run(List<String> command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    return new Result(process.waitFor(), output);
  }

  record Result(int code, String output) {}

  private void awaitReady(Process process, String name, int port) throws Exception {
    await(
        START,
        name + " is ready",
        () -> {
          if (!process.isAlive()) {
            throw new AssertionError(name + " ended:\n" + log(name));
          }
          return get(port, "/health/ready").statusCode() == 200 ? true : null;
        });
  }

  String log(String name) {
    try {
      return Files.readString(data.resolve(name + ".log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  JsonObject api(String path) throws Exception {
    HttpResponse<String> response = get(port("BOE_HTTP_PORT"), "/api/v1" + path);
    if (response.statusCode() != 200) {
      throw new IOException(path + " answered " + response.statusCode() + ": " + response.body());
    }
    return new JsonObject(response.body());
  }

  HttpResponse<String> get(String path) throws Exception {
    return get(port("BOE_HTTP_PORT"), "/api/v1" + path);
  }

  /** How many acts there are, which the log has besides the readings. */
  int acts() throws Exception {
    return api("/acts?limit=1000").getJsonArray("acts").size();
  }

  /** Gives all readings of a device, page by page. */
  void eachReading(String device, Consumer<JsonObject> taker) throws Exception {
    String first = "/readings?device=" + device + "&limit=1000";
    String next = first;
    while (next != null) {
      JsonObject page = api(next);
      page.getJsonArray("readings").forEach(reading -> taker.accept((JsonObject) reading));
      String cursor = page.getString("nextCursor");
      next = cursor == null ? null : first + "&cursor=" + cursor;
    }
  }

  HttpResponse<String> get(int port, String path) throws Exception {
    return http.send(request(port, path).build(), HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<String> post(String path, String body) throws Exception {
    return http.send(
        request(port("BOE_HTTP_PORT"), "/api/v1" + path)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static HttpRequest.Builder request(int port, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
        .timeout(Duration.ofSeconds(10));
  }

  /** Runs a full audit to its end and returns its run. */
  JsonObject fullAudit() throws Exception {
    HttpResponse<String> started =
        await(
            Duration.ofSeconds(60),
            "an audit starts",
            () -> {
              HttpResponse<String> response = post("/audits", "{\"kind\":\"full\"}");
              return response.statusCode() == 202 ? response : null;
            });
    String location = started.headers().firstValue("Location").orElseThrow();
    String path = location.substring(location.indexOf("/audits/"));
    return await(
        Duration.ofSeconds(90),
        "the audit ends",
        () -> {
          JsonObject run = api(path);
          return run.getString("state").equals("running") ? null : run;
        });
  }

  /** Polls until the probe gives something; an IOException of the probe counts as not yet. */
  static <T> T await(Duration limit, String what, Callable<T> probe) throws Exception {
    long end = System.nanoTime() + limit.toNanos();
    IOException last = null;
    while (System.nanoTime() < end) {
      try {
        T result = probe.call();
        if (result != null) {
          return result;
        }
      } catch (IOException e) {
        last = e;
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new AssertionError("not within " + limit + ": " + what, last);
  }

  @Override
  public void close() {
    for (Process process : new Process[] {edge, cloud}) {
      if (process != null && process.isAlive()) {
        process.destroy();
        try {
          process.onExit().get(20, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
          process.destroyForcibly();
          throw new AssertionError("a process does not end on SIGTERM", e);
        }
      }
    }
  }

  static String java() {
    return System.getProperty("java.home") + File.separator + "bin" + File.separator + "java";
  }

  private static Path root() {
    // Tests run in the module's directory, the benchmark in the repository's.
    Path here = Path.of("").toAbsolutePath();
    return Files.exists(here.resolve("cloud-verticles")) ? here : here.getParent();
  }

  static Path jar(String module) {
    Path jar = root().resolve(module).resolve("target").resolve(module + ".jar");
    if (!Files.exists(jar)) {
      throw new AssertionError(jar + " is not built: run this test through mvn verify");
    }
    return jar;
  }

  private static Path anvil() {
    try (var packages = Files.list(root().resolve("contracts/node_modules/@foundry-rs"))) {
      return packages
          .map(folder -> folder.resolve("bin/anvil"))
          .filter(Files::isExecutable)
          .findFirst()
          .orElseThrow(() -> new AssertionError("contracts/node_modules has no anvil"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
