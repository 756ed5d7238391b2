package tripcurve.bench;

import com.alibaba.csp.sentinel.AsyncEntry;
import com.alibaba.csp.sentinel.SphU;
import com.alibaba.csp.sentinel.context.Context;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import com.alibaba.csp.sentinel.slots.block.RuleConstant;
import com.alibaba.csp.sentinel.slots.block.degrade.DegradeRule;
import com.alibaba.csp.sentinel.slots.block.degrade.circuitbreaker.ExceptionCircuitBreaker;
import com.netflix.hystrix.DirectHystrix;
import dev.failsafe.CircuitBreakerBuilder;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowSynchronizationStrategy;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What one call pays for its breaker in Java's libraries. Usage: DialectsBench CHOICE; prints lines
 * "case threads ns", as bench_dialects does. See ../run.
 */
public final class DialectsBench {
  /** Makes one call; says whether it went out. */
  public interface Subject {
    boolean call(boolean succeeds);
  }

  // Sentinel says something on stdout; the results are all that belongs there.
  private static final PrintStream results = System.out;

  private static final Exception failure = new Exception("failure");

  private static final Map<String, Supplier<Subject>> subjects =
      Map.of(
          "resilience4j", () -> resilience4j(SlidingWindowType.COUNT_BASED, 100, false),
          "resilience4j,slidingWindowType=TIME_BASED,slidingWindowSize=10",
              () -> resilience4j(SlidingWindowType.TIME_BASED, 10, false),
          "resilience4j-lockfree", () -> resilience4j(SlidingWindowType.COUNT_BASED, 100, true),
          "resilience4j-lockfree,slidingWindowType=TIME_BASED,slidingWindowSize=10",
              () -> resilience4j(SlidingWindowType.TIME_BASED, 10, true),
          "failsafe,withFailureThreshold=5",
              () -> failsafe(dev.failsafe.CircuitBreaker.builder().withFailureThreshold(5)),
          "failsafe,withFailureRateThreshold=50/20/10s",
              () ->
                  failsafe(
                      dev.failsafe.CircuitBreaker.builder()
                          .withFailureRateThreshold(50, 20, Duration.ofSeconds(10))),
          "sentinel,grade=1,count=0.5", DialectsBench::sentinel,
          "hystrix-1.5.18", DirectHystrix::make);

  private DialectsBench() {}

  private static Subject resilience4j(SlidingWindowType type, int size, boolean lockFree) {
    CircuitBreaker breaker =
        CircuitBreaker.of(
            "measured",
            CircuitBreakerConfig.custom()
                .slidingWindow(
                    size,
                    100,
                    type,
                    lockFree
                        ? SlidingWindowSynchronizationStrategy.LOCK_FREE
                        : SlidingWindowSynchronizationStrategy.SYNCHRONIZED)
                .build());
    return succeeds -> {
      if (!breaker.tryAcquirePermission()) {
        return false;
      }
      long start = breaker.getCurrentTimestamp();
      long duration = breaker.getCurrentTimestamp() - start;
      if (succeeds) {
        breaker.onSuccess(duration, breaker.getTimestampUnit());
      } else {
        breaker.onError(duration, breaker.getTimestampUnit(), failure);
      }
      return true;
    };
  }

  private static Subject failsafe(CircuitBreakerBuilder<Object> builder) {
    dev.failsafe.CircuitBreaker<Object> breaker = builder.build();
    return succeeds -> {
      if (!breaker.tryAcquirePermit()) {
        return false;
      }
      if (succeeds) {
        breaker.recordSuccess();
      } else {
        breaker.recordException(failure);
      }
      return true;
    };
  }

  /** The breaker alone, without the slots of other rules and statistics that go before it. */
  private static Subject sentinel() {
    DegradeRule rule =
        new DegradeRule("measured")
            .setGrade(RuleConstant.DEGRADE_GRADE_EXCEPTION_RATIO)
            .setCount(0.5)
            .setTimeWindow(10);
    ExceptionCircuitBreaker breaker = new ExceptionCircuitBreaker(rule);
    Context good = contextOf(null);
    Context bad = contextOf(failure);
    return succeeds -> {
      Context context = succeeds ? good : bad;
      if (!breaker.tryPass(context)) {
        return false;
      }
      breaker.onRequestComplete(context);
      return true;
    };
  }

  private static Context contextOf(Exception error) {
    try {
      AsyncEntry entry = SphU.asyncEntry("measured");
      entry.setError(error);
      return entry.getAsyncContext();
    } catch (BlockException blocked) {
      throw new IllegalStateException(blocked);
    }
  }

  private static long timeOf(int threads, long n, Subject subject) throws InterruptedException {
    Runnable calls =
        () -> {
          for (long i = 0; i < n; ++i) {
            subject.call(true);
          }
        };
    Thread[] others = new Thread[threads - 1];
    long start = System.nanoTime();
    for (int i = 0; i < others.length; ++i) {
      others[i] = new Thread(calls);
      others[i].start();
    }
    calls.run();
    for (Thread other : others) {
      other.join();
    }
    return System.nanoTime() - start;
  }

  private static void measure(String what, int threads, Subject subject)
      throws InterruptedException {
    long warm = System.nanoTime() + 300_000_000;
    long n = 1;
    for (boolean isLong = false; !isLong || System.nanoTime() < warm; ) {
      isLong =
          Math.min(timeOf(threads, n, subject), timeOf(threads, n, subject)) >= 20_000_000;
      n = isLong ? n : n * 2;
    }
    double[] all = new double[7];
    for (int i = 0; i < all.length; ++i) {
      all[i] = (double) timeOf(threads, n, subject) / n;
    }
    Arrays.sort(all);
    results.printf(Locale.ROOT, "%s %d %.2f%n", what, threads, all[all.length / 2]);
  }

  public static void main(String[] arguments) throws Exception {
    System.setOut(System.err);
    Supplier<Subject> maker = subjects.get(arguments[0]);
    Subject subject = maker.get();
    for (int threads = 1; threads <= 2; ++threads) {
      measure("call", threads, subject);
    }
    Subject failing = maker.get();
    long giveUp = System.nanoTime() + 5_000_000_000L;
    boolean refuses = false;
    while (!refuses && System.nanoTime() < giveUp) {
      refuses = !failing.call(false);
    }
    if (refuses) {
      measure("rejected", 1, failing);
    }
    System.exit(0); // a library's timers may still be running
  }
}
