package com.alibaba.csp.sentinel.util;

import recorders.FakeTime;

/** Stands before the library's class of this name, which everything in it asks for the time. */
public final class TimeUtil {
  private TimeUtil() {}

  public static long currentTimeMillis() {
    return FakeTime.now();
  }
}
