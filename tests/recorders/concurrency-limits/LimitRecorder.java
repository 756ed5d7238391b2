package recorders;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.netflix.concurrency.limits.Limit;
import com.netflix.concurrency.limits.Limiter;
import com.netflix.concurrency.limits.limit.AIMDLimit;
import com.netflix.concurrency.limits.limit.Gradient2Limit;
import com.netflix.concurrency.limits.limit.VegasLimit;
import com.netflix.concurrency.limits.limit.WindowedLimit;
import com.netflix.concurrency.limits.limiter.SimpleLimiter;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Records a SimpleLimiter of concurrency-limits around one of its limits: which calls it lets in, and
 * the limit after each that has ended. The limiter takes a clock.
 */
public final class LimitRecorder {
  private static final Set<String> windowKeys =
      Set.of("minWindowTime", "maxWindowTime", "windowSize", "minRttThreshold");

  private final JsonObject config;
  private final JsonArray draws = new JsonArray();
  private VegasLimit vegas;
  private double jitter;
  private long nanos;

  private LimitRecorder(JsonObject config) {
    this.config = config;
  }

  public static void main(String[] arguments) throws Exception {
    var in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonObject script = JsonParser.parseString(line).getAsJsonObject();
      System.out.println(new Gson().toJson(new LimitRecorder(script.getAsJsonObject("config")).record(script)));
    }
  }

  private JsonObject record(JsonObject script) throws Exception {
    Limit limit = limit();
    noteDraw();
    SimpleLimiter<Void> limiter = SimpleLimiter.newBuilder().limit(limit).nanoClock(() -> nanos).build();
    Map<Integer, Limiter.Listener> running = new HashMap<>();
    JsonArray events = new JsonArray();
    for (JsonElement element : script.getAsJsonArray("events")) {
      JsonArray event = element.getAsJsonArray();
      nanos = event.get(0).getAsLong() * 1000;
      int call = event.get(2).getAsInt();
      if (event.get(1).getAsString().equals("start")) {
        Optional<Limiter.Listener> listener = limiter.acquire(null);
        listener.ifPresent(present -> running.put(call, present));
        event.add(listener.isPresent());
      } else {
        Limiter.Listener listener = running.remove(call);
        if (listener == null) {
          continue;
        }
        switch (event.get(3).getAsString()) {
          case "success" -> listener.onSuccess();
          case "dropped" -> listener.onDropped();
          case "ignored" -> listener.onIgnore();
          default -> throw new IllegalArgumentException("no such end: " + event);
        }
        noteDraw();
        event.add(limiter.getLimit());
      }
      events.add(event);
    }
    script.addProperty("library", "concurrency-limits 0.5.4");
    if (vegas != null) {
      script.add("draws", draws);
    }
    script.add("events", events);
    return script;
  }

  /** What Vegas has drawn anew: its private field says so, as the part of its range. */
  private void noteDraw() throws Exception {
    if (vegas == null) {
      return;
    }
    Field field = VegasLimit.class.getDeclaredField("probeJitter");
    field.setAccessible(true);
    if (field.getDouble(vegas) != jitter) {
      jitter = field.getDouble(vegas);
      draws.add((jitter - 0.5) * 2);
    }
  }

  private Limit limit() {
    Limit limit = switch (config.get("limit").getAsString()) {
      case "aimd" -> aimd();
      case "gradient2" -> gradient2();
      case "vegas" -> vegas = vegas();
      default -> throw new IllegalArgumentException("no such limit: " + config);
    };
    boolean windowed = config.has("windowed") || windowKeys.stream().anyMatch(config::has);
    return windowed ? windowed(limit) : limit;
  }

  private AIMDLimit aimd() {
    var builder = AIMDLimit.newBuilder();
    for (String key : config.keySet()) {
      switch (key) {
        case "initialLimit" -> builder.initialLimit(whole(key));
        case "minLimit" -> builder.minLimit(whole(key));
        case "maxLimit" -> builder.maxLimit(whole(key));
        case "backoffRatio" -> builder.backoffRatio(number(key));
        case "timeout" -> builder.timeout(micros(key), TimeUnit.MICROSECONDS);
        default -> known(key);
      }
    }
    return builder.build();
  }

  private Gradient2Limit gradient2() {
    var builder = Gradient2Limit.newBuilder();
    for (String key : config.keySet()) {
      switch (key) {
        case "initialLimit" -> builder.initialLimit(whole(key));
        case "minLimit" -> builder.minLimit(whole(key));
        case "maxConcurrency" -> builder.maxConcurrency(whole(key));
        case "smoothing" -> builder.smoothing(number(key));
        case "queueSize" -> builder.queueSize(whole(key));
        case "longWindow" -> builder.longWindow(whole(key));
        case "rttTolerance" -> builder.rttTolerance(number(key));
        default -> known(key);
      }
    }
    return builder.build();
  }

  private VegasLimit vegas() {
    var builder = VegasLimit.newBuilder();
    for (String key : config.keySet()) {
      switch (key) {
        case "initialLimit" -> builder.initialLimit(whole(key));
        case "maxConcurrency" -> builder.maxConcurrency(whole(key));
        case "smoothing" -> builder.smoothing(number(key));
        case "alpha" -> builder.alpha(whole(key));
        case "beta" -> builder.beta(whole(key));
        case "probeMultiplier" -> builder.probeMultiplier(whole(key));
        default -> known(key);
      }
    }
    return builder.build();
  }

  private WindowedLimit windowed(Limit limit) {
    var builder = WindowedLimit.newBuilder();
    for (String key : config.keySet()) {
      switch (key) {
        case "minWindowTime" -> builder.minWindowTime(micros(key), TimeUnit.MICROSECONDS);
        case "maxWindowTime" -> builder.maxWindowTime(micros(key), TimeUnit.MICROSECONDS);
        case "windowSize" -> builder.windowSize(whole(key));
        case "minRttThreshold" -> builder.minRttThreshold(micros(key), TimeUnit.MICROSECONDS);
        default -> { }
      }
    }
    return builder.build(limit);
  }

  private void known(String key) {
    if (!key.equals("limit") && !key.equals("windowed") && !windowKeys.contains(key)) {
      throw new IllegalArgumentException("config: no setting " + key);
    }
  }

  private int whole(String key) {
    return config.get(key).getAsInt();
  }

  private double number(String key) {
    return config.get(key).getAsDouble();
  }

  /** "1500us": all durations of these scripts are in microseconds. */
  private long micros(String key) {
    String text = config.get(key).getAsString();
    if (!text.endsWith("us")) {
      throw new IllegalArgumentException(key + ": " + text + " is not in us");
    }
    return Long.parseLong(text.substring(0, text.length() - 2));
  }
}
