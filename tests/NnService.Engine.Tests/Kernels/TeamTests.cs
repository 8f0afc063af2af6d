using NnService.Engine.Kernels;

namespace NnService.Engine.Tests.Kernels;

public sealed class TeamTests
{
    private unsafe struct Counting : ITeamWork
    {
        public int* Counts;

        public readonly void Run(int chunk) => Interlocked.Increment(ref Counts[chunk]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public unsafe void Every_chunk_of_every_run_is_done_exactly_once(int threads)
    {
        using var team = new Team(threads);
        const int most = 33;
        var counts = stackalloc int[most];
        for (var run = 0; run < 200_000; run++)
        {
            var chunks = run % (most + 1);
            new Span<int>(counts, most).Clear();
            var work = new Counting { Counts = counts };
            team.Run(ref work, chunks);
            for (var chunk = 0; chunk < most; chunk++)
            {
                if (counts[chunk] != (chunk < chunks ? 1 : 0))
                    Assert.Fail($"Run {run}: chunk {chunk} of {chunks} was done {counts[chunk]} times.");
            }
        }
    }

    [Fact]
    public unsafe void Workers_that_fell_asleep_are_woken()
    {
        using var asleep = new SemaphoreSlim(0);
        using var team = new Team(2, fallsAsleep: () => asleep.Release());
        var counts = stackalloc int[8];
        for (var run = 0; run < 20; run++)
        {
            Assert.True(asleep.Wait(TimeSpan.FromSeconds(60)), "The worker does not fall asleep.");
            new Span<int>(counts, 8).Clear();
            var work = new Counting { Counts = counts };
            team.Run(ref work, 8);
            for (var chunk = 0; chunk < 8; chunk++)
                Assert.Equal(1, counts[chunk]);
        }
    }

    [Fact]
    public void Two_callers_of_one_team_both_get_their_work_done()
    {
        using var team = new Team(2);
        var callers = new Thread[2];
        var failures = 0;
        for (var i = 0; i < callers.Length; i++)
        {
            callers[i] = new Thread(() => Interlocked.Add(ref failures, Call(team)));
            callers[i].Start();
        }

        foreach (var caller in callers)
            caller.Join();
        Assert.Equal(0, failures);

        static unsafe int Call(Team team)
        {
            var wrong = 0;
            var counts = stackalloc int[5];
            for (var run = 0; run < 5_000; run++)
            {
                new Span<int>(counts, 5).Clear();
                var work = new Counting { Counts = counts };
                team.Run(ref work, 5);
                for (var chunk = 0; chunk < 5; chunk++)
                    wrong += counts[chunk] == 1 ? 0 : 1;
            }

            return wrong;
        }
    }

    [Fact]
    public unsafe void A_disposed_team_leaves_the_work_to_its_caller()
    {
        var team = new Team(2);
        team.Dispose();
        team.Dispose();
        var counts = stackalloc int[4];
        new Span<int>(counts, 4).Clear();
        var work = new Counting { Counts = counts };
        team.Run(ref work, 4);
        for (var chunk = 0; chunk < 4; chunk++)
            Assert.Equal(1, counts[chunk]);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Team(0));
    }

    [Fact]
    public void Workers_end_where_the_system_gives_no_thread_for_the_others()
    {
        var started = new List<Thread>();

        Assert.Throws<InsufficientMemoryException>(() => new Team(4, fallsAsleep: null, Start));

        Assert.Equal(2, started.Count);
        Assert.All(started, worker => Assert.False(worker.IsAlive));

        void Start(Thread thread)
        {
            if (started.Count == 2)
                throw new InsufficientMemoryException();
            thread.Start();
            started.Add(thread);
        }
    }
}
