import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Measures resilience4j in a closed loop, in real time: users who think for a second between a call's
 * end and the next call, and a service that answers in modes, each with a share that changes from phase
 * to phase. Several breakers at once, each with users of its own, because what one does is half luck.
 * Writes a JSON object with the ends of calls by the phase in which they began.
 *
 * <p>java ClosedLoop BREAKERS USERS SECONDS
 */
public final class ClosedLoop {
  /** A phase: the shares of slow answers and of 503, in percent; the rest is quick. */
  private record Phase(String name, int slow, int failing) {}

  private static final List<Phase> phases =
      List.of(
          new Phase("ok", 0, 0),
          new Phase("mixed", 30, 10),
          new Phase("failing", 0, 100),
          new Phase("recovered", 0, 0),
          new Phase("slow", 100, 0),
          new Phase("half-failing", 0, 50),
          new Phase("ok-again", 0, 0),
          new Phase("all-modes", 60, 25));

  private static final String[] ends = {"quick", "slow", "failed", "rejected"};

  private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(4);
  private final List<AtomicLongArray> counts = new ArrayList<>();
  private final long phaseNanos;
  private final long begin = System.nanoTime() + 500_000_000L;
  private final CircuitBreakerConfig config =
      CircuitBreakerConfig.custom()
          .slidingWindowType(CircuitBreakerConfig.SlidingWindowType.COUNT_BASED)
          .slidingWindowSize(20)
          .minimumNumberOfCalls(10)
          .failureRateThreshold(50)
          .slowCallRateThreshold(80)
          .slowCallDurationThreshold(Duration.ofSeconds(2))
          .waitDurationInOpenState(Duration.ofSeconds(10))
          .automaticTransitionFromOpenToHalfOpenEnabled(true)
          .permittedNumberOfCallsInHalfOpenState(5)
          .build();

  private ClosedLoop(int breakers, int users, int seconds) throws InterruptedException {
    phaseNanos = seconds * 1_000_000_000L;
    for (Phase ignored : phases) {
      counts.add(new AtomicLongArray(ends.length));
    }
    for (int i = 0; i < breakers; ++i) {
      CircuitBreaker breaker = CircuitBreaker.of("measured " + i, config);
      for (int user = 0; user < users; ++user) {
        // They come one after the other within the first tenth of the first phase.
        later(begin - System.nanoTime() + phaseNanos / 10 * user / users, () -> call(breaker));
      }
    }
    Thread.sleep((begin - System.nanoTime() + phases.size() * phaseNanos) / 1_000_000L + 4_000);
    timer.shutdownNow();
  }

  private void later(long nanos, Runnable what) {
    timer.schedule(what, nanos, TimeUnit.NANOSECONDS);
  }

  private void call(CircuitBreaker breaker) {
    int phase = (int) ((System.nanoTime() - begin) / phaseNanos);
    if (phase >= phases.size()) {
      return;
    }
    if (!breaker.tryAcquirePermission()) {
      ended(breaker, phase, 3);
      return;
    }
    ThreadLocalRandom chance = ThreadLocalRandom.current();
    int mode = chance.nextInt(100);
    long started = System.nanoTime();
    if (mode < phases.get(phase).failing()) {
      breaker.onError(System.nanoTime() - started, TimeUnit.NANOSECONDS, new IOException("503"));
      ended(breaker, phase, 2);
      return;
    }
    boolean slow = mode < phases.get(phase).failing() + phases.get(phase).slow();
    long takes = slow ? chance.nextLong(2_000_000_000L, 3_000_000_000L) : chance.nextLong(50_000_000L);
    later(
        takes,
        () -> {
          breaker.onSuccess(System.nanoTime() - started, TimeUnit.NANOSECONDS);
          ended(breaker, phase, slow ? 1 : 0);
        });
  }

  private void ended(CircuitBreaker breaker, int phase, int how) {
    counts.get(phase).incrementAndGet(how);
    later(1_000_000_000L, () -> call(breaker));
  }

  private String json(int breakers, int users, int seconds) {
    StringBuilder text = new StringBuilder("{\n");
    text.append(
        String.format(
            " \"library\": \"resilience4j 2.4.0\",\n \"breakers\": %d,\n \"users\": %d,\n"
                + " \"phase_s\": %d,\n \"phases\": [\n",
            breakers, users, seconds));
    for (int i = 0; i < phases.size(); ++i) {
      Phase phase = phases.get(i);
      text.append(
          String.format(
              "  {\"name\": \"%s\", \"slow_percent\": %d, \"failing_percent\": %d",
              phase.name(), phase.slow(), phase.failing()));
      for (int end = 0; end < ends.length; ++end) {
        text.append(String.format(", \"%s\": %d", ends[end], counts.get(i).get(end)));
      }
      text.append(i + 1 < phases.size() ? "},\n" : "}\n");
    }
    return text.append(" ]\n}\n").toString();
  }

  public static void main(String[] arguments) throws InterruptedException {
    int breakers = Integer.parseInt(arguments[0]);
    int users = Integer.parseInt(arguments[1]);
    int seconds = Integer.parseInt(arguments[2]);
    System.out.print(new ClosedLoop(breakers, users, seconds).json(breakers, users, seconds));
  }
}
