using System.Runtime.CompilerServices;
using NnService.Api.Limits;

namespace NnService.Api.Tests.Limits;

/// <summary>What becomes of the threads of long requests when there is nothing to do.</summary>
public sealed class LongRequestThreadTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task One_that_waits_holds_nothing_of_what_it_has_worked_on()
    {
        var requests = new LongRequests(1, 1, Timeout.InfiniteTimeSpan, CancellationToken.None);
        var (body, thread) = await Work(requests);

        Assert.True(SpinWait.SpinUntil(() => IsCollected(body), s_deadline));

        Assert.Same(thread, (await Work(requests)).Thread);
    }

    [Fact]
    public async Task One_that_has_waited_long_enough_ends_and_another_takes_the_next_work()
    {
        var requests = new LongRequests(1, 0, TimeSpan.Zero, CancellationToken.None);
        var (_, first) = await Work(requests);

        Assert.True(first.Join(s_deadline));

        Assert.NotSame(first, (await Work(requests)).Thread);
    }

    [Fact]
    public async Task None_is_lost_and_no_more_than_asked_for_work_at_once_while_threads_come_and_go()
    {
        const int Workers = 3;
        var requests = new LongRequests(Workers, int.MaxValue - Workers, TimeSpan.Zero, CancellationToken.None);
        var (atOnce, most, done) = (0, 0, 0);
        for (var round = 0; round < 1_000; round++)
            await Task.WhenAll(Enumerable.Range(0, round % 7 + 1).Select(_ => requests.RunAsync(Note, CancellationToken.None))).WaitAsync(s_deadline);

        Assert.Equal(Enumerable.Range(0, 1_000).Sum(round => round % 7 + 1), done);
        Assert.InRange(most, 1, Workers);

        void Note()
        {
            var now = Interlocked.Increment(ref atOnce);
            InterlockedMax(ref most, now);
            Interlocked.Increment(ref done);
            Interlocked.Decrement(ref atOnce);
        }
    }

    [Fact]
    public async Task Where_the_system_gives_none_the_work_is_refused_and_the_next_is_done()
    {
        var (fails, isLateDone) = (true, false);
        var requests = new LongRequests(1, 0, Timeout.InfiniteTimeSpan, CancellationToken.None, thread => Start(thread, fails));

        await Assert.ThrowsAsync<InsufficientMemoryException>(() => requests.RunAsync(() => { isLateDone = true; }, CancellationToken.None));

        fails = false;
        requests.RefuseIfFull();
        await Work(requests).WaitAsync(s_deadline);
        Assert.False(isLateDone);
    }

    [Fact]
    public async Task Where_the_system_gives_no_second_one_the_first_does_the_work_and_a_later_request_is_given_it()
    {
        var fails = false;
        var requests = new LongRequests(2, 1, Timeout.InfiniteTimeSpan, CancellationToken.None, thread => Start(thread, fails));
        using var firstMayEnd = new ManualResetEventSlim();
        var first = requests.RunAsync(() => Hold(firstMayEnd), CancellationToken.None);
        fails = true;
        var waiting = Work(requests);
        fails = false;

        var (_, second) = await Work(requests).WaitAsync(s_deadline); // while the first still holds its thread

        Assert.Same(second, (await waiting.WaitAsync(s_deadline)).Thread);
        firstMayEnd.Set();
        Assert.NotSame(second, await first.WaitAsync(s_deadline));
    }

    private static Thread Hold(ManualResetEventSlim mayEnd)
    {
        Assert.True(mayEnd.Wait(s_deadline));
        return Thread.CurrentThread;
    }

    private static void Start(Thread thread, bool fails)
    {
        if (fails)
            throw new InsufficientMemoryException();
        thread.UnsafeStart();
    }

    private static void InterlockedMax(ref int most, int now)
    {
        for (var before = Volatile.Read(ref most); before < now; before = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, now, before);
    }

    // Apart from the test, whose frame would hold what it has seen.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<(WeakReference Body, Thread Thread)> Work(LongRequests requests)
    {
        var body = new byte[1_000];
        var thread = await requests.RunAsync(
            () =>
            {
                body[0] = 1;
                return Thread.CurrentThread;
            },
            CancellationToken.None);
        return (new WeakReference(body), thread);
    }

    private static bool IsCollected(WeakReference reference)
    {
        GC.Collect();
        return !reference.IsAlive;
    }
}
