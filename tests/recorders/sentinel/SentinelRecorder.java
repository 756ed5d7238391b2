package recorders;

import com.alibaba.csp.sentinel.Entry;
import com.alibaba.csp.sentinel.SphU;
import com.alibaba.csp.sentinel.Tracer;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import com.alibaba.csp.sentinel.slots.block.degrade.DegradeRule;
import com.alibaba.csp.sentinel.slots.block.degrade.DegradeRuleManager;
import com.alibaba.csp.sentinel.slots.block.degrade.circuitbreaker.CircuitBreaker.State;
import com.alibaba.csp.sentinel.slots.block.degrade.circuitbreaker.EventObserverRegistry;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;

/**
 * Records Sentinel: calls enter one resource with one degrade rule through the whole slot chain, as
 * asynchronous entries, which may exit in any order. The state is what its observers are told.
 */
public final class SentinelRecorder {
  private static final String resource = "recorded";
  private static State state;

  public static void main(String[] arguments) throws Exception {
    Tracer.setExceptionsToIgnore(Recorder.IgnoredException.class);
    EventObserverRegistry.getInstance()
        .addStateChangeObserver(resource, (previous, next, rule, value) -> state = next);
    Recorder.record(SphU.class, BlockException.class, SentinelRecorder::make);
  }

  private static Recorder.Breaker make(JsonObject config) {
    // A rule equal to the one before would keep its breaker; a bad one is only logged.
    DegradeRuleManager.loadRules(List.of());
    DegradeRuleManager.loadRules(List.of(rule(config)));
    if (!DegradeRuleManager.hasConfig(resource)) {
      throw new IllegalArgumentException("config: Sentinel takes no such rule: " + config);
    }
    state = State.CLOSED;
    return new Recorder.Breaker() {
      @Override
      public Recorder.Call start() throws BlockException {
        Entry entry = SphU.asyncEntry(resource);
        return error -> {
          if (error != null) {
            Tracer.traceEntry(error, entry);
          }
          entry.exit();
        };
      }

      @Override
      public Enum<?> state() {
        return state;
      }
    };
  }

  private static DegradeRule rule(JsonObject config) {
    DegradeRule rule = new DegradeRule(resource);
    for (String key : config.keySet()) {
      JsonElement value = config.get(key);
      switch (key) {
        case "grade" -> rule.setGrade(value.getAsInt());
        case "count" -> rule.setCount(value.getAsDouble());
        case "timeWindow" -> rule.setTimeWindow(value.getAsInt());
        case "minRequestAmount" -> rule.setMinRequestAmount(value.getAsInt());
        case "statIntervalMs" -> rule.setStatIntervalMs(value.getAsInt());
        case "slowRatioThreshold" -> rule.setSlowRatioThreshold(value.getAsDouble());
        default -> throw new IllegalArgumentException("config: no setting " + key);
      }
    }
    return rule;
  }
}
