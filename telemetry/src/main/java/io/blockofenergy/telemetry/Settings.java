package io.blockofenergy.telemetry;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * The configuration of one process: a YAML file, each key overridable by an environment variable.
 * The getters convert and check, and note faults instead of throwing, so that {@link #validate()}
 * can report all of them together. Used by one thread, at start.
 *
 * <p>Key {@code uplink.maxBytes} is overridden by {@code BOE_UPLINK_MAX_BYTES}. Durations are
 * written {@code 250ms}, {@code 10s}, {@code 5m}, {@code 2h}, {@code 1d}; sizes {@code 512}, {@code
 * 64KiB}, {@code 256MiB}, {@code 2GiB}.
 */
public final class Settings {
  /** One key as it was asked for; what {@code docs/configuration.md} is checked against. */
  public record Key(String name, String variable, String defaultValue, String description) {}

  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
  private static final Pattern SIZE = Pattern.compile("(\\d{1,12})(|KiB|MiB|GiB)");

  private static final String DATA = "<data>/";

  /** Names of objects; YAML would also allow what no variable and no metric can hold. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  private static final String ANY_NAME = "<name>";

  // Shared by a process's settings and those of its named objects.
  private final Map<String, String> file;
  private final Map<String, String> environment;
  private final Map<String, String> variables;
  private final Set<String> asked;
  private final Map<String, Key> keys;
  private final List<String> faults;

  /** Before each key of this object, and as the documentation writes it. */
  private final String prefix;

  private final String documented;
  private Path dataDirectory = Path.of("data");

  private Settings(Map<String, String> environment, Map<String, String> variables) {
    this.file = new TreeMap<>();
    this.environment = Map.copyOf(environment);
    this.variables = Map.copyOf(variables);
    this.asked = new HashSet<>();
    this.keys = new LinkedHashMap<>();
    this.faults = new ArrayList<>();
    this.prefix = "";
    this.documented = "";
  }

  private Settings(Settings whole, String prefix, String documented) {
    this.file = whole.file;
    this.environment = whole.environment;
    this.variables = whole.variables;
    this.asked = whole.asked;
    this.keys = whole.keys;
    this.faults = whole.faults;
    this.prefix = prefix;
    this.documented = documented;
    this.dataDirectory = whole.dataDirectory;
  }

  /** Settings from the environment alone. */
  public static Settings of(Map<String, String> environment) {
    return new Settings(environment, Map.of());
  }

  /**
   * Reads the file; one that is absent, unreadable or not YAML becomes a fault.
   *
   * @param yaml the file, or null for the environment alone
   * @param variables keys whose variable has another name than the rule gives
   */
  public static Settings load(
      Path yaml, Map<String, String> environment, Map<String, String> variables) {
    Settings settings = new Settings(environment, variables);
    if (yaml != null) {
      try {
        // Composed only, never constructed: a password 0012 is no octal number.
        Node root = new Yaml().compose(new StringReader(Files.readString(yaml)));
        if (root != null) {
          settings.flatten("", root);
        }
      } catch (NoSuchFileException e) {
        settings.faults.add("there is no file " + yaml);
      } catch (IOException | YAMLException e) {
        settings.faults.add(
            yaml + ": " + String.valueOf(e.getMessage()).lines().findFirst().orElse("unreadable"));
      }
    }
    return settings;
  }

  private void flatten(String path, Node node) {
    if (node instanceof MappingNode mapping && !mapping.getValue().isEmpty()) {
      for (NodeTuple member : mapping.getValue()) {
        String name = member.getKeyNode() instanceof ScalarNode key ? key.getValue() : "?";
        flatten(path.isEmpty() ? name : path + '.' + name, member.getValueNode());
      }
    } else if (node instanceof SequenceNode sequence) {
      for (int i = 0; i < sequence.getValue().size(); i++) {
        flatten(path + '.' + i, sequence.getValue().get(i));
      }
    } else {
      String text =
          node instanceof ScalarNode scalar && !scalar.getTag().equals(Tag.NULL)
              ? scalar.getValue()
              : "";
      if (file.putIfAbsent(path, text) != null) {
        faults.add(path + " is there twice");
      }
    }
  }

  /**
   * The objects under a key, such as {@code sources}, by the names that the file gives them. Key
   * {@code uri} of the one named {@code garage} is overridden by {@code BOE_SOURCES_GARAGE_URI};
   * the environment alone makes no object. Names that differ only in case, {@code -} and {@code _}
   * share variables, so they are a fault.
   */
  public SortedMap<String, Settings> named(String key) {
    String start = prefix + key + '.';
    SortedMap<String, Settings> objects = new TreeMap<>();
    for (String path : file.keySet()) {
      if (path.startsWith(start)) {
        String name = path.substring(start.length()).split("\\.", 2)[0];
        if (!NAME.matcher(name).matches()) {
          faults.add(prefix + key + ": the name " + name + " must match " + NAME);
        }
        objects.computeIfAbsent(
            name,
            each ->
                new Settings(this, start + each + '.', documented + key + '.' + ANY_NAME + '.'));
      }
    }
    Map<String, String> byVariable = new HashMap<>();
    for (String name : objects.keySet()) {
      String other = byVariable.put(variable(name), name);
      if (other != null) {
        faults.add(prefix + key + ": the names " + other + " and " + name + " are too alike");
      }
    }
    return objects;
  }

  public String text(String key, String defaultValue, String description) {
    return value(key, defaultValue, description, text -> text);
  }

  /** A text that may be absent. */
  public Optional<String> optionalText(String key, String description) {
    return Optional.ofNullable(value(key, null, description, text -> text));
  }

  /** A text that matches {@code form}, a regular expression. */
  public String text(String key, String defaultValue, String form, String description) {
    return value(
        key,
        defaultValue,
        description,
        text -> {
          if (!text.matches(form)) {
            throw new IllegalArgumentException("must match " + form);
          }
          return text;
        });
  }

  /** Texts that each match {@code form}: a YAML list, or one text with commas between them. */
  public List<String> texts(String key, String defaultValue, String form, String description) {
    List<String> elements = new ArrayList<>();
    for (String path = prefix + key + ".0"; file.containsKey(path); ) {
      asked.add(path);
      elements.add(file.get(path));
      path = prefix + key + '.' + elements.size();
    }
    Function<String, List<String>> split =
        text -> {
          List<String> texts =
              Stream.of(text.split(",")).map(String::strip).filter(t -> !t.isEmpty()).toList();
          if (!texts.stream().allMatch(each -> each.matches(form))) {
            throw new IllegalArgumentException("must match " + form + ", each");
          }
          return texts;
        };
    if (!elements.isEmpty()) {
      file.putIfAbsent(prefix + key, String.join(",", elements));
    }
    return value(key, defaultValue, description, split);
  }

  public int integer(String key, int defaultValue, int min, int max, String description) {
    return value(
        key,
        Integer.toString(defaultValue),
        description,
        text -> {
          int number = Integer.parseInt(text);
          if (number < min || number > max) {
            throw new IllegalArgumentException("must be from " + min + " to " + max);
          }
          return number;
        },
        defaultValue);
  }

  /** A TCP port; 0 lets the system choose. */
  public int port(String key, int defaultValue, String description) {
    return integer(key, defaultValue, 0, 65_535, description);
  }

  public boolean flag(String key, boolean defaultValue, String description) {
    return value(
        key,
        Boolean.toString(defaultValue),
        description,
        text ->
            switch (text.toLowerCase(Locale.ROOT)) {
              case "true" -> true;
              case "false" -> false;
              default -> throw new IllegalArgumentException("must be true or false");
            },
        defaultValue);
  }

  public Path path(String key, String defaultValue, String description) {
    return value(key, defaultValue, description, Path::of);
  }

  /**
   * Declares where this process keeps what it keeps, key {@code data}; to be called before {@link
   * #dataPath}.
   */
  public Path data(String defaultValue) {
    dataDirectory = path("data", defaultValue, "directory of everything this process keeps");
    return dataDirectory;
  }

  /** A path that by default is {@code child} of the directory of {@link #data}. */
  public Path dataPath(String key, String child, String description) {
    Path fallback = dataDirectory.resolve(child);
    return value(
        key,
        DATA + child,
        description,
        text -> text.equals(DATA + child) ? fallback : Path.of(text));
  }

  public Optional<Secret> secret(String key, String description) {
    return Optional.ofNullable(value(key, null, description, Secret::new));
  }

  public Duration duration(
      String key, String defaultValue, Duration min, Duration max, String description) {
    Function<String, Duration> parse =
        text -> {
          Duration duration = parseDuration(text);
          if (duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
            throw new IllegalArgumentException("must be from " + min + " to " + max);
          }
          return duration;
        };
    return value(key, defaultValue, description, parse, parse.apply(defaultValue));
  }

  /** A size in bytes. */
  public long size(String key, String defaultValue, long min, long max, String description) {
    Function<String, Long> parse =
        text -> {
          long bytes = parseSize(text);
          if (bytes < min || bytes > max) {
            throw new IllegalArgumentException("must be from " + min + " to " + max + " bytes");
          }
          return bytes;
        };
    return value(key, defaultValue, description, parse, parse.apply(defaultValue));
  }

  /** Notes a fault that concerns several keys. */
  public void fault(String message) {
    faults.add(message);
  }

  /** Every key that was asked for so far. */
  public List<Key> keys() {
    return List.copyOf(keys.values());
  }

  /**
   * To be called when every key was asked for.
   *
   * @throws InvalidSettingsException with all faults, keys of the file that nothing asked for
   *     included
   */
  public void validate() {
    List<String> all = new ArrayList<>(faults);
    file.forEach(
        (name, text) -> {
          // A section with nothing in it asks for nothing.
          if (!asked.contains(name) && !text.isEmpty()) {
            all.add("unknown key " + name);
          }
        });
    if (!all.isEmpty()) {
      throw new InvalidSettingsException(all);
    }
  }

  private <T> T value(String key, String defaultValue, String description, Function<String, T> to) {
    return value(
        key, defaultValue, description, to, defaultValue == null ? null : to.apply(defaultValue));
  }

  private <T> T value(
      String key,
      String defaultValue,
      String description,
      Function<String, T> convert,
      T fallback) {
    String path = prefix + key;
    String variable = variables.getOrDefault(path, variable(path));
    asked.add(path);
    keys.putIfAbsent(
        documented + key,
        new Key(
            documented + key,
            documented.isEmpty() ? variable : variable(documented + key),
            defaultValue == null ? "" : defaultValue,
            description));
    boolean overridden = environment.containsKey(variable);
    String text = overridden ? environment.get(variable) : file.get(path);
    if (text == null || text.isEmpty()) {
      return fallback;
    }
    try {
      return convert.apply(text.strip());
    } catch (NumberFormatException e) {
      faults.add((overridden ? variable : path) + " must be a whole number");
    } catch (IllegalArgumentException e) {
      // The value itself is not repeated: it could be a secret set under the wrong name.
      faults.add((overridden ? variable : path) + " " + e.getMessage());
    }
    return fallback;
  }

  private static String variable(String key) {
    return "BOE_"
        + key.replace('.', '_')
            .replace('-', '_')
            .replaceAll("([a-z0-9])([A-Z])", "$1_$2")
            .toUpperCase(Locale.ROOT);
  }

  private static Duration parseDuration(String text) {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("must be a duration such as 250ms, 10s, 5m, 2h or 1d");
    }
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofDays(amount);
    };
  }

  private static long parseSize(String text) {
    Matcher matcher = SIZE.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("must be a size such as 4096, 64KiB, 256MiB or 2GiB");
    }
    int shift =
        switch (matcher.group(2)) {
          case "KiB" -> 10;
          case "MiB" -> 20;
          case "GiB" -> 30;
          default -> 0;
        };
    try {
      return Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << shift);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("is too large", e);
    }
  }
}
