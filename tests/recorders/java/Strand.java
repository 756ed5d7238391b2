package recorders;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;

/**
 * A thread in fake time. One runs at a time, and only while the fake time's timer that let it go on
 * waits for it; so what it does when is always the same.
 */
public final class Strand {
  private static final Semaphore back = new Semaphore(0);
  private static Strand current;

  private final Semaphore go = new Semaphore(0);
  private ScheduledFuture<?> due;
  private Thread thread;
  private boolean over;

  private Strand() {}

  public static Strand current() {
    return current;
  }

  /** Begins a thread as soon as whatever runs now waits or is over. */
  public static Strand begin(Runnable body) {
    Strand strand = new Strand();
    strand.thread =
        new Thread(
            () -> {
              strand.go.acquireUninterruptibly();
              try {
                body.run();
              } finally {
                strand.over = true;
                back.release();
              }
            });
    strand.thread.setDaemon(true);
    strand.thread.start();
    strand.due = FakeTime.schedule(strand::resume, 0);
    return strand;
  }

  private void resume() {
    if (over) {
      return;
    }
    Strand before = current;
    current = this;
    go.release();
    back.acquireUninterruptibly();
    current = before;
  }

  /** Waits until wake() or interrupt(), but at most so many milliseconds; for good where negative. */
  public static void pause(long most) throws InterruptedException {
    Strand own = current;
    if (!own.thread.isInterrupted()) {
      own.due = most < 0 ? null : FakeTime.schedule(own::resume, most);
      back.release();
      own.go.acquireUninterruptibly();
    }
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  /** Lets a thread that waits go on as soon as whatever runs now waits or is over. */
  public void wake() {
    if (due != null) {
      due.cancel(false);
    }
    due = FakeTime.schedule(this::resume, 0);
  }

  /** As Thread has it: it ends the wait that the thread is in, or else the next one. */
  public void interrupt() {
    thread.interrupt();
    if (this != current) {
      wake();
    }
  }
}
