package recorders;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** The time that a library sees: milliseconds since the construction of its breaker. */
public final class FakeTime {
  private static final PriorityQueue<Timer> timers =
      new PriorityQueue<>(
          Comparator.comparingLong((Timer timer) -> timer.due).thenComparing(timer -> timer.number));
  private static long now;
  private static long timersSet;

  private FakeTime() {}

  public static long now() {
    return now;
  }

  static void restart() {
    now = 0;
    timers.clear();
  }

  /** Timers first: those due at the new time have run when this returns. */
  static void advance(long to) {
    while (!timers.isEmpty() && timers.peek().due <= to) {
      Timer next = timers.poll();
      now = next.due;
      next.run();
    }
    now = to;
  }

  /** Runs what is due next; false when nothing is. */
  static boolean goOn() {
    if (timers.isEmpty()) {
      return false;
    }
    Timer next = timers.poll();
    now = next.due;
    next.run();
    return true;
  }

  /** Two timers are due next at one instant, neither of them set at that instant. */
  static boolean isTied() {
    Timer next = timers.peek();
    return next != null
        && next.set < next.due
        && timers.stream()
            .anyMatch(other -> other != next && other.due == next.due && other.set < other.due);
  }

  public static ScheduledFuture<?> schedule(Runnable task, long delay) {
    Timer timer = new Timer(task, now + delay);
    timers.add(timer);
    return timer;
  }

  private static final class Timer extends FutureTask<Void> implements ScheduledFuture<Void> {
    private final long due;
    private final long set = now;
    private final long number = ++timersSet;

    Timer(Runnable task, long due) {
      super(task, null);
      this.due = due;
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
      timers.remove(this);
      return super.cancel(mayInterrupt);
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(due - now, TimeUnit.MILLISECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(
          getDelay(TimeUnit.MILLISECONDS), other.getDelay(TimeUnit.MILLISECONDS));
    }
  }
}
