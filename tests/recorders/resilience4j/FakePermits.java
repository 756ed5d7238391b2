package recorders;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** A fair semaphore as java.util.concurrent has it, whose callers wait in fake time. */
final class FakePermits extends Semaphore {
  private final Deque<Waiter> waiting = new ArrayDeque<>();
  private int permits;

  private static final class Waiter {
    private final Strand strand = Strand.current();
    private boolean granted;
  }

  FakePermits(int permits) {
    super(permits, true);
    this.permits = permits;
  }

  @Override
  public boolean tryAcquire(long timeout, TimeUnit unit) throws InterruptedException {
    if (permits > 0 && waiting.isEmpty()) {
      permits--;
      return true;
    }
    if (timeout <= 0) {
      return false;
    }
    Waiter waiter = new Waiter();
    waiting.add(waiter);
    try {
      Strand.pause(unit.toMillis(timeout));
    } catch (InterruptedException gone) {
      waiting.remove(waiter);
      throw gone;
    }
    waiting.remove(waiter);
    return waiter.granted;
  }

  @Override
  public void release() {
    Waiter next = waiting.poll();
    if (next == null) {
      permits++;
      return;
    }
    next.granted = true;
    next.strand.wake();
  }
}
