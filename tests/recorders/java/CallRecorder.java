package recorders;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs scripts of whole calls from stdin through a client and prints the traces. */
public final class CallRecorder {
  /** Makes calls; each answers with a status or with the name of an exception. */
  public interface Client {
    /** Runs in a thread of the call's own, and is over when the call has its answer. */
    Object call(Call call) throws Exception;
  }

  public interface Maker {
    Client make(JsonObject script) throws Exception;
  }

  public interface Delays {
    List<Long> of(JsonObject script) throws Exception;
  }

  /** One call under way. */
  public static final class Call {
    private final CallRecorder recorder;
    private final JsonElement id;
    private final JsonArray upstream;
    private int attempts;

    private Call(CallRecorder recorder, JsonObject call) {
      this.recorder = recorder;
      id = call.get("id");
      upstream = call.getAsJsonArray("upstream");
    }

    public void say(String kind, Object... more) {
      recorder.say(kind, id, more);
    }

    /** Sends an attempt, of which the wire tells how it ends. */
    public Attempt attempt() {
      Attempt attempt = new Attempt(this, ++attempts);
      say("send", attempt.number);
      return attempt;
    }
  }

  /** One attempt on the wire. */
  public static final class Attempt {
    private final Call call;
    private final int number;
    private final JsonObject reply;

    private Attempt(Call call, int number) {
      this.call = call;
      this.number = number;
      reply = call.upstream.get(Math.min(number, call.upstream.size()) - 1).getAsJsonObject();
    }

    /** In how many milliseconds it is answered, or negative: never. */
    public long after() {
      return reply.has("after") ? reply.get("after").getAsLong() : -1;
    }

    /** The status; the word "refused" in place of a number is negative. */
    public int replied() {
      JsonPrimitive status = reply.getAsJsonPrimitive("status");
      call.say("reply", number, status.isNumber() ? status.getAsInt() : status.getAsString());
      return status.isNumber() ? status.getAsInt() : -1;
    }

    public void cancelled() {
      call.say("cancel", number);
    }
  }

  private record Step(long at, String call, JsonArray json) {}

  private static final Gson gson = new GsonBuilder().disableHtmlEscaping().create();

  private final List<Step> steps = new ArrayList<>();
  private boolean tied;

  private CallRecorder() {}

  /** Lines with `draws` are no scripts of calls, but of a retry's delays. */
  public static void record(String library, Maker maker, Delays delays) throws Exception {
    PrintStream traces = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    var scripts = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = scripts.readLine(); line != null; line = scripts.readLine()) {
      JsonObject trace = gson.fromJson(line, JsonObject.class);
      FakeTime.restart();
      if (trace.has("draws")) {
        trace.addProperty("library", library);
        trace.add("delays_ms", gson.toJsonTree(delays.of(trace)));
        traces.println(gson.toJson(trace));
        continue;
      }
      CallRecorder recorder = new CallRecorder();
      recorder.play(trace, maker.make(trace));
      if (recorder.tied) {
        System.err.println(trace.get("id") + ": two things at one instant, left out");
        continue;
      }
      trace.addProperty("library", library);
      trace.add("steps", recorder.inOrder());
      traces.println(gson.toJson(trace));
    }
  }

  private void play(JsonObject script, Client client) {
    for (JsonElement element : script.getAsJsonArray("calls")) {
      JsonObject call = element.getAsJsonObject();
      FakeTime.schedule(() -> begin(client, new Call(this, call)), call.get("at").getAsLong());
    }
    do {
      tied = tied || FakeTime.isTied();
    } while (FakeTime.goOn());
  }

  private void begin(Client client, Call call) {
    call.say("call");
    Strand.begin(
        () -> {
          Object answer;
          try {
            answer = client.call(call);
          } catch (Exception error) {
            answer = error.getClass().getSimpleName();
          }
          call.say("answer", answer);
        });
  }

  private void say(String kind, JsonElement call, Object... more) {
    JsonArray step = new JsonArray();
    step.add(FakeTime.now());
    step.add(kind);
    step.add(call);
    for (Object element : more) {
      step.add(gson.toJsonTree(element));
    }
    steps.add(new Step(FakeTime.now(), call.toString(), step));
  }

  /** The steps of one instant call by call, in the order in which the calls first show. */
  private JsonArray inOrder() {
    JsonArray ordered = new JsonArray();
    for (int first = 0; first < steps.size(); ) {
      int last = first;
      Map<String, Integer> shown = new LinkedHashMap<>();
      while (last < steps.size() && steps.get(last).at == steps.get(first).at) {
        shown.putIfAbsent(steps.get(last).call, shown.size());
        last++;
      }
      steps.subList(first, last).stream()
          .sorted(Comparator.comparing((Step step) -> shown.get(step.call)))
          .forEach(step -> ordered.add(step.json));
      first = last;
    }
    return ordered;
  }
}
