package recorders;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Runs scripts of events from stdin against a breaker and prints the traces. */
public final class Recorder {
  /** An error that the configuration singles out: it does not count. */
  public static final class IgnoredException extends Exception {}

  public interface Breaker {
    /** Asks for leave; throws the library's own exception if it is refused. */
    Call start() throws Exception;

    /** The library's name of the state. */
    Enum<?> state();
  }

  public interface Call {
    /** Ends a call that was given leave; error is null for a success. */
    void end(Exception error);
  }

  public interface Maker {
    Breaker make(JsonObject config) throws Exception;
  }

  private static final Gson gson = new GsonBuilder().disableHtmlEscaping().create();

  private Recorder() {}

  /** Refusals are the exceptions of one class; what else is thrown ends the recording. */
  public static void record(
      Class<?> library, Class<? extends Exception> refusal, Maker maker) throws Exception {
    // A library may say something on stdout; the traces are all that belongs there.
    PrintStream traces = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    var scripts = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = scripts.readLine(); line != null; line = scripts.readLine()) {
      JsonObject script = gson.fromJson(line, JsonObject.class);
      JsonObject trace = new JsonObject();
      trace.add("id", script.get("id"));
      trace.add("dialect", script.get("dialect"));
      trace.addProperty("library", nameAndVersion(library));
      trace.add("config", script.get("config"));
      FakeTime.restart();
      Breaker breaker = maker.make(script.getAsJsonObject("config"));
      trace.add("steps", play(script.getAsJsonArray("events"), breaker, refusal));
      traces.println(gson.toJson(trace));
    }
  }

  private static JsonArray play(
      JsonArray events, Breaker breaker, Class<? extends Exception> refusal) throws Exception {
    Map<JsonElement, Call> running = new HashMap<>();
    JsonArray steps = new JsonArray();
    for (JsonElement element : events) {
      JsonArray event = element.getAsJsonArray();
      FakeTime.advance(event.get(0).getAsLong());
      JsonArray step = event.deepCopy();
      String error = null;
      switch (event.get(1).getAsString()) {
        case "start" -> {
          try {
            running.put(event.get(2), breaker.start());
            step.add("admitted");
          } catch (Exception thrown) {
            if (!refusal.isInstance(thrown)) {
              throw thrown;
            }
            step.add("rejected");
            error = thrown.getClass().getSimpleName();
          }
        }
        case "end" -> {
          Call call = running.remove(event.get(2));
          if (call == null) {
            continue;
          }
          call.end(errorOf(event.get(3).getAsString()));
        }
        case "read" -> {}
        default -> throw new IllegalArgumentException("unknown event: " + event);
      }
      step.add(breaker.state().name().toLowerCase(Locale.ROOT));
      if (error != null) {
        step.add(error);
      }
      steps.add(step);
    }
    return steps;
  }

  private static Exception errorOf(String outcome) {
    return switch (outcome) {
      case "success" -> null;
      case "failure" -> new Exception("failure");
      case "ignored" -> new IgnoredException();
      default -> throw new IllegalArgumentException("unknown outcome: " + outcome);
    };
  }

  /** As the library's file says: resilience4j-circuitbreaker-2.4.0.jar. */
  static String nameAndVersion(Class<?> library) throws Exception {
    Path file = Path.of(library.getProtectionDomain().getCodeSource().getLocation().toURI());
    return file.getFileName().toString().replaceFirst("-(\\d[^-]*(-[a-z]+)?)\\.jar$", " $1");
  }
}
