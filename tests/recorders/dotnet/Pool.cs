namespace Recorders;

public static class Pool
{
    /// <summary>
    /// Waits until no thread of the pool works or is wanted: then everything that follows from what has
    /// happened is done.
    /// </summary>
    public static void Settle()
    {
        ThreadPool.GetMaxThreads(out var all, out _);
        for (var quiet = 0; quiet < 3;)
        {
            var done = ThreadPool.CompletedWorkItemCount;
            Thread.Sleep(1);
            ThreadPool.GetAvailableThreads(out var idle, out _);
            // A Main that has awaited runs on a thread of the pool itself.
            var still = all - idle <= (Thread.CurrentThread.IsThreadPoolThread ? 1 : 0) && ThreadPool.PendingWorkItemCount == 0
                && ThreadPool.CompletedWorkItemCount == done;
            quiet = still ? quiet + 1 : 0;
        }
    }
}
