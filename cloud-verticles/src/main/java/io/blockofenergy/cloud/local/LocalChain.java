package io.blockofenergy.cloud.local;

import io.blockofenergy.telemetry.DirectoryLock;
import io.blockofenergy.telemetry.DurableDirectory;
import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The local stand-in for the Ethereum network: {@code anvil}, a real EVM node, as a supervised
 * child process that mines a block for each transaction, listens on loopback only and knows no
 * account with money but those given some by {@link #fund}.
 *
 * <p>Anvil's own persistence loses blocks and can leave a state file that it refuses to read, so
 * the state is dumped from here: after each new block (at most a tenth of the time is spent on it)
 * and at {@link #close}, to a temporary file that is synced and renamed. What is mined between the
 * last dump and a crash of anvil is gone, receipt or not: whoever writes to this chain must look at
 * it again after an interruption.
 *
 * <p>Anvil is started again when it dies. It ends with this process: by {@link #close}, by the
 * kernel's parent-death signal where {@code setpriv} is at hand, and, where all that failed, by the
 * next start on the same directory.
 *
 * <p>All methods block and may be called from any thread but an event loop.
 */
public final class LocalChain implements AutoCloseable {
  /** Chain id of every local chain: anvil's default. */
  public static final long CHAIN_ID = 31337;

  private static final Logger log = LoggerFactory.getLogger(LocalChain.class);

  private static final Pattern LISTENING = Pattern.compile("Listening on \\S+:(\\d+)");
  private static final String A_MILLION_ETHER = "0xd3c21bcecceda1000000";
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration DUMP_TIMEOUT = Duration.ofMinutes(2);
  private static final Duration DUMP_RETRY = Duration.ofSeconds(5);
  private static final int BUFFER_BYTES = 1 << 16;
  private static final Duration SILENCE_LIMIT = Duration.ofSeconds(30);
  private static final long POLL_MILLIS = 250;
  private static final long MIN_BACKOFF_MILLIS = 100;
  private static final long MAX_BACKOFF_MILLIS = 5_000;
  private static final int OUTPUT_LINES_KEPT = 20;

  private final Path binary;
  private final Path directory;
  private final Path stateFile;
  private final Path pidFile;
  private final Path cache;
  private final int wantedPort;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CALL_TIMEOUT)
          .build();

  private final Object wakeUp = new Object();
  private final Object dumping = new Object();
  private final CompletableFuture<Void> started = new CompletableFuture<>();
  private final Thread supervisor = new Thread(this::supervise, "local-chain");

  private volatile boolean stopping;
  private volatile int port;
  private volatile Process process;
  private DirectoryLock lock;
  private volatile long dumpedBlock = -1;
  private volatile long nextDumpAt = System.nanoTime();
  private boolean dumpFails; // the supervisor's

  /**
   * @param binary anvil, see {@link #findAnvil}
   * @param directory keeps the chain; made when missing, used by one process at a time
   * @param port to listen on at 127.0.0.1; 0 takes a free one
   */
  public LocalChain(Path binary, Path directory, int port) {
    this.binary = binary.toAbsolutePath();
    this.directory = directory.toAbsolutePath().normalize();
    this.stateFile = this.directory.resolve("state.json");
    this.pidFile = this.directory.resolve("anvil.pid");
    this.cache = this.directory.resolve("cache");
    this.wantedPort = port;
  }

  /**
   * Looks for anvil: at {@code BOE_ANVIL}; in {@code contracts/node_modules} of the working
   * directory or the one above; in {@code PATH}.
   *
   * @throws IllegalStateException when there is none, saying how to get it
   */
  public static Path findAnvil() {
    return findAnvil(System.getenv("BOE_ANVIL"), Path.of(""), System.getenv("PATH"));
  }

  static Path findAnvil(String configured, Path workingDirectory, String searchPath) {
    if (configured != null && !configured.isBlank()) {
      Path path = Path.of(configured);
      if (!isProgram(path)) {
        throw new IllegalStateException("BOE_ANVIL names " + path + ", which is not a program");
      }
      return path;
    }
    Path here = workingDirectory.toAbsolutePath();
    for (Path root : Stream.of(here, here.getParent()).filter(p -> p != null).toList()) {
      Path packages = root.resolve("contracts/node_modules/@foundry-rs");
      if (Files.isDirectory(packages)) {
        try (DirectoryStream<Path> platforms = Files.newDirectoryStream(packages, "anvil-*")) {
          for (Path platform : platforms) {
            if (isProgram(platform.resolve("bin/anvil"))) {
              return platform.resolve("bin/anvil");
            }
          }
        } catch (IOException e) {
          log.warn("cannot list {}: {}", packages, e.toString());
        }
      }
    }
    return onPath("anvil", searchPath)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "anvil, the local Ethereum node, was not found: build the module contracts"
                        + " (`npm ci` in contracts/ fetches it) or set BOE_ANVIL to its path"));
  }

  private static Optional<Path> onPath(String program, String searchPath) {
    return Stream.of((searchPath == null ? "" : searchPath).split(File.pathSeparator))
        .filter(entry -> !entry.isBlank())
        .map(entry -> Path.of(entry, program))
        .filter(LocalChain::isProgram)
        .findFirst();
  }

  private static boolean isProgram(Path path) {
    return Files.isRegularFile(path) && Files.isExecutable(path);
  }

  /**
   * Starts anvil on what was last dumped and returns when it answers.
   *
   * @throws IllegalStateException when the port is taken, the directory in use, the binary missing,
   *     or anvil does not come up; the message says which and what to do
   */
  public void start() {
    supervisor.setDaemon(true);
    supervisor.start();
    try {
      started.join();
    } catch (CompletionException e) {
      close();
      throw e.getCause() instanceof IllegalStateException known
          ? known
          : new IllegalStateException("the local chain did not start: " + e.getCause(), e);
    }
  }

  /** The port that anvil listens on; it stays the same when anvil is restarted. */
  public int port() {
    return port;
  }

  /** Where the chain's JSON-RPC answers. */
  public String rpcUrl() {
    return "http://127.0.0.1:" + port;
  }

  /** The id of the running anvil process, for tests and status; empty while there is none. */
  public Optional<Long> pid() {
    Process current = process;
    return current != null && current.isAlive() ? Optional.of(current.pid()) : Optional.empty();
  }

  /**
   * Gives an account a million ether, whatever it had, durably.
   *
   * @param address with 0x
   * @throws UnavailableException when anvil does not answer
   */
  public void fund(String address) {
    call("anvil_setBalance", new JsonArray().add(address).add(A_MILLION_ETHER), CALL_TIMEOUT);
    persist();
  }

  /**
   * Dumps the chain's state now; when this returns, what was mined before the call survives
   * anything.
   *
   * @throws UnavailableException when anvil does not answer or the state cannot be written
   */
  public void persist() {
    synchronized (dumping) {
      long begun = System.nanoTime();
      long block = blockNumber();
      dump(http, URI.create(rpcUrl()), stateFile, DUMP_TIMEOUT);
      dumpedBlock = block;
      // The dump holds the whole chain: however long that gets, leave nine tenths of the time.
      long now = System.nanoTime();
      nextDumpAt = now + 9 * (now - begun);
    }
  }

  /**
   * Replaces the file by the state of the anvil at this address. Of the state, which grows with the
   * chain, no more than a buffer is in memory at any time.
   *
   * @throws UnavailableException when the answer is an error or incomplete, or the file cannot be
   *     written; the file is then as it was
   */
  static void dump(HttpClient http, URI anvil, Path file, Duration timeout) {
    Path temporary = file.resolveSibling(file.getFileName() + ".new");
    CompletableFuture<Void> overdue = null;
    try (InputStream body =
        send(http, anvil, "anvil_dumpState", new JsonArray(), timeout, BodyHandlers.ofInputStream())
            .body()) {
      // The client's own timeout ends with the headers; a body that stalls has to be closed.
      overdue =
          CompletableFuture.runAsync(
              () -> closeQuietly(body),
              CompletableFuture.delayedExecutor(timeout.toMillis(), TimeUnit.MILLISECONDS));
      var hex = new HexResult(body);
      try (FileChannel out =
              FileChannel.open(
                  temporary,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.TRUNCATE_EXISTING,
                  StandardOpenOption.WRITE);
          var state = new GZIPInputStream(hex, BUFFER_BYTES)) {
        state.transferTo(Channels.newOutputStream(out));
        hex.expectEnd();
        out.force(true);
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      DurableDirectory.sync(file.getParent()); // else a power loss could bring the old name back
    } catch (IOException e) {
      throw new UnavailableException(
          "the local chain's state cannot be dumped to " + file + ": " + e.getMessage(), e);
    } finally {
      if (overdue != null) {
        overdue.cancel(false);
      }
    }
  }

  private static void closeQuietly(InputStream body) {
    try {
      body.close();
    } catch (IOException e) {
      log.debug("answer not closed", e);
    }
  }

  /** Dumps the state, ends anvil and waits for its end. May be called more than once. */
  @Override
  public void close() {
    stopping = true;
    wakeSupervisor();
    try {
      supervisor.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * The supervisor's thread. It also spawns anvil: the kernel's parent-death signal is tied to the
   * thread that spawned, which must therefore live as long as anvil may.
   */
  private void supervise() {
    try {
      Files.createDirectories(directory);
      takeLock();
      endLeftover();
      checkPort();
      port = spawn(wantedPort);
      started.complete(null);
    } catch (IOException | RuntimeException e) {
      endAnvil();
      releaseLock();
      started.completeExceptionally(e);
      return;
    }
    try {
      watch();
    } finally {
      endAnvil();
      releaseLock();
    }
  }

  private void watch() {
    long backoff = MIN_BACKOFF_MILLIS;
    long answeredAt = System.nanoTime();
    while (!stopping) {
      pause(POLL_MILLIS, true);
      if (stopping) {
        break;
      }
      if (!process.isAlive()) {
        log.warn("anvil ended with {}; starting it again", process.exitValue());
        pause(backoff, false);
        backoff = Math.min(2 * backoff, MAX_BACKOFF_MILLIS);
        if (!stopping) {
          respawn();
          answeredAt = System.nanoTime();
        }
        continue;
      }
      try {
        long block = blockNumber();
        answeredAt = System.nanoTime();
        backoff = MIN_BACKOFF_MILLIS;
        if (block != dumpedBlock && System.nanoTime() - nextDumpAt >= 0) {
          tryToPersist();
          // A dump may take longer than the limit; it says nothing about anvil being silent.
          answeredAt = System.nanoTime();
        }
      } catch (RuntimeException e) {
        log.debug("anvil did not answer", e);
        if (System.nanoTime() - answeredAt > SILENCE_LIMIT.toNanos()) {
          log.warn("anvil has not answered for {} s, ending it", SILENCE_LIMIT.toSeconds());
          process.destroyForcibly();
          process.onExit().join();
        }
      }
    }
    try {
      if (process.isAlive()) {
        persist();
      }
    } catch (UnavailableException e) {
      log.warn("the local chain's last state could not be dumped: {}", e.getMessage());
    }
  }

  /** No reason to end anvil when it fails: what is not on disk is only in there. */
  private void tryToPersist() {
    try {
      persist();
      if (dumpFails) {
        log.info("the local chain's state is dumped again");
      }
      dumpFails = false;
    } catch (RuntimeException e) {
      nextDumpAt = System.nanoTime() + DUMP_RETRY.toNanos();
      if (dumpFails) {
        log.debug("the state was not dumped", e);
      } else {
        log.warn("the local chain's state is not dumped, trying on: {}", e.getMessage());
      }
      dumpFails = true;
    }
  }

  private void respawn() {
    try {
      spawn(port);
    } catch (IOException | RuntimeException e) {
      log.warn("anvil cannot be started: {}", e.getMessage());
    }
  }

  /** Waits, but not on when it is time to stop or, if so wished, anvil has ended. */
  private void pause(long millis, boolean whileAlive) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    synchronized (wakeUp) {
      while (!stopping && !(whileAlive && !process.isAlive())) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
          return;
        }
        try {
          wakeUp.wait(left);
        } catch (InterruptedException e) {
          stopping = true;
        }
      }
    }
  }

  private void wakeSupervisor() {
    synchronized (wakeUp) {
      wakeUp.notifyAll();
    }
  }

  private void takeLock() throws IOException {
    lock =
        DirectoryLock.take(directory)
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "another process uses the local chain in " + directory));
  }

  private void releaseLock() {
    if (lock != null) {
      try {
        lock.close();
      } catch (IOException e) {
        log.debug("lock not closed", e);
      }
    }
  }

  /** Ends an anvil that a killed predecessor left behind, after making sure that it is that one. */
  private void endLeftover() throws IOException {
    if (!Files.exists(pidFile)) {
      return;
    }
    String recorded = Files.readString(pidFile).trim();
    Optional<ProcessHandle> leftover =
        recorded.matches("\\d{1,18}")
            ? ProcessHandle.of(Long.parseLong(recorded)).filter(this::isOurAnvil)
            : Optional.empty();
    if (leftover.isPresent()) {
      log.info("ending anvil {}, left behind by an earlier run", recorded);
      leftover.get().destroyForcibly();
      try {
        leftover.get().onExit().get(10, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException e) {
        throw new IllegalStateException("anvil " + recorded + " of an earlier run does not end", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
    }
    Files.delete(pidFile);
  }

  /** Nothing but an anvil of this very directory was started with this argument. */
  private boolean isOurAnvil(ProcessHandle candidate) {
    List<String> arguments = List.of(candidate.info().arguments().orElse(new String[0]));
    int at = arguments.indexOf("--cache-path");
    return at >= 0 && at + 1 < arguments.size() && arguments.get(at + 1).equals(cache.toString());
  }

  private void checkPort() {
    if (wantedPort == 0) {
      return;
    }
    try (var probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), wantedPort));
    } catch (IOException e) {
      throw new IllegalStateException(
          "port "
              + wantedPort
              + ", for the local chain, is taken: free it or set BOE_CHAIN_PORT to another one",
          e);
    }
  }

  /** Starts anvil and waits until it listens; returns the port. */
  private int spawn(int onPort) throws IOException {
    if (!isProgram(binary)) {
      throw new IllegalStateException("no program at " + binary + ": anvil is needed there");
    }
    // A killed anvil leaves up to a gigabyte in there, and nothing that it would read again.
    deleteTree(cache);
    Files.createDirectories(cache);

    List<String> command = new ArrayList<>(launcher());
    command.addAll(
        List.of(
            binary.toString(),
            "--host",
            "127.0.0.1",
            "--port",
            Integer.toString(onPort),
            "--chain-id",
            Long.toString(CHAIN_ID),
            "--accounts",
            "0",
            "--no-cors",
            "--disable-default-create2-deployer",
            "--prune-history",
            "--cache-path",
            cache.toString()));
    if (Files.exists(stateFile)) {
      command.addAll(List.of("--load-state", stateFile.toString()));
    }
    Process child =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    process = child;
    child.getOutputStream().close();
    child.onExit().thenRun(this::wakeSupervisor);
    Files.writeString(pidFile, Long.toString(child.pid()));

    Deque<String> output = new ArrayDeque<>();
    CompletableFuture<Integer> listening = new CompletableFuture<>();
    Thread reader = new Thread(() -> readOutput(child, output, listening), "local-chain-output");
    reader.setDaemon(true);
    reader.start();
    try {
      int listens = listening.get(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
      log.info("anvil {} listens on 127.0.0.1:{}", child.pid(), listens);
      return listens;
    } catch (ExecutionException | TimeoutException e) {
      child.destroyForcibly().onExit().join();
      String said;
      synchronized (output) {
        said = String.join("\n", output);
      }
      if (said.contains("Address already in use")) {
        throw new IllegalStateException(
            "port "
                + onPort
                + ", for the local chain, is taken: set BOE_CHAIN_PORT to another one");
      }
      throw new IllegalStateException("anvil did not come up; its last words: " + said, e);
    } catch (InterruptedException e) {
      child.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /**
   * Programs, each of which replaces itself by the next, so that the child's id is anvil's: a
   * session of its own, for Ctrl-C in the terminal is meant for us, who still want to ask anvil for
   * its state; and death together with us, even by kill -9.
   */
  private static List<String> launcher() {
    String searchPath = System.getenv("PATH");
    List<String> launcher = new ArrayList<>();
    if (onPath("setsid", searchPath).isPresent()) {
      launcher.add("setsid");
    }
    if (onPath("setpriv", searchPath).isPresent()) {
      launcher.addAll(List.of("setpriv", "--pdeathsig", "KILL"));
    }
    return launcher;
  }

  private static void readOutput(
      Process child, Deque<String> kept, CompletableFuture<Integer> listening) {
    try (var lines =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line; (line = lines.readLine()) != null; ) {
        log.debug("{}", line);
        synchronized (kept) {
          kept.addLast(line);
          if (kept.size() > OUTPUT_LINES_KEPT) {
            kept.removeFirst();
          }
        }
        Matcher matcher = LISTENING.matcher(line);
        if (matcher.find()) {
          listening.complete(Integer.valueOf(matcher.group(1)));
        }
      }
    } catch (IOException e) {
      log.debug("anvil's output ended", e);
    }
    listening.completeExceptionally(new IOException("anvil ended"));
  }

  private void endAnvil() {
    Process current = process;
    if (current == null) {
      return;
    }
    // Its state is ours to keep and has been dumped: it has nothing left to do.
    current.destroyForcibly().onExit().join();
    try {
      Files.deleteIfExists(pidFile);
      deleteTree(cache);
    } catch (IOException e) {
      log.warn("the local chain's directory was not cleaned: {}", e.toString());
    }
  }

  private static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private long blockNumber() {
    String number = call("eth_blockNumber", new JsonArray(), CALL_TIMEOUT).toString();
    return Long.parseLong(number.substring(2), 16);
  }

  private Object call(String method, JsonArray parameters, Duration timeout) {
    URI anvil = URI.create(rpcUrl());
    try {
      var answer =
          new JsonObject(
              send(http, anvil, method, parameters, timeout, BodyHandlers.ofString()).body());
      if (answer.containsKey("error")) {
        throw new UnavailableException("anvil refused " + method + ": " + answer.getValue("error"));
      }
      return answer.getValue("result");
    } catch (IOException | DecodeException e) {
      throw new UnavailableException("anvil did not answer " + method, e);
    }
  }

  private static <T> HttpResponse<T> send(
      HttpClient http,
      URI anvil,
      String method,
      JsonArray parameters,
      Duration timeout,
      HttpResponse.BodyHandler<T> handler)
      throws IOException {
    var request =
        HttpRequest.newBuilder(anvil)
            .timeout(timeout)
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    new JsonObject()
                        .put("jsonrpc", "2.0")
                        .put("id", 1)
                        .put("method", method)
                        .put("params", parameters)
                        .encode()))
            .build();
    try {
      return http.send(request, handler);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("interrupted while waiting for anvil", e);
    }
  }
}
