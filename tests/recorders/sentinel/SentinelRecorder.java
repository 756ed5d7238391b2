package recorders;

import com.alibaba.csp.sentinel.Entry;
import com.alibaba.csp.sentinel.SphU;
import com.alibaba.csp.sentinel.Tracer;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import com.alibaba.csp.sentinel.slots.block.degrade.DegradeRule;
import com.alibaba.csp.sentinel.slots.block.degrade.DegradeRuleManager;
import com.alibaba.csp.sentinel.slots.block.degrade.circuitbreaker.CircuitBreaker;
import com.alibaba.csp.sentinel.slots.block.flow.FlowException;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.lang.reflect.Method;
import java.util.List;

/**
 * Records Sentinel: calls enter one resource with one degrade rule through the whole slot chain, as
 * asynchronous entries, which may exit in any order. What does not count is an entry that leaves as
 * blocked; an error that is not traced would be a success.
 */
public final class SentinelRecorder {
  private static final String resource = "recorded";

  public static void main(String[] arguments) throws Exception {
    Recorder.record(SphU.class, BlockException.class, SentinelRecorder::make);
  }

  private static Recorder.Breaker make(JsonObject config) throws Exception {
    // A rule equal to the one before would keep its breaker; a bad one is only logged.
    DegradeRuleManager.loadRules(List.of());
    DegradeRuleManager.loadRules(List.of(rule(config)));
    if (!DegradeRuleManager.hasConfig(resource)) {
      throw new IllegalArgumentException("config: Sentinel takes no such rule: " + config);
    }
    CircuitBreaker breaker = breaker();
    return new Recorder.Breaker() {
      @Override
      public Recorder.Call start() throws BlockException {
        Entry entry = SphU.asyncEntry(resource);
        return error -> {
          if (error instanceof Recorder.IgnoredException) {
            entry.setBlockError(new FlowException("default"));
          } else if (error != null) {
            Tracer.traceEntry(error, entry);
          }
          entry.exit();
        };
      }

      @Override
      public Enum<?> state() {
        return breaker.currentState();
      }
    };
  }

  /** Not public, and observers of the state are also told of a change that was not made. */
  private static CircuitBreaker breaker() throws Exception {
    Method breakers = DegradeRuleManager.class.getDeclaredMethod("getCircuitBreakers", String.class);
    breakers.setAccessible(true);
    return (CircuitBreaker) ((List<?>) breakers.invoke(null, resource)).get(0);
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
