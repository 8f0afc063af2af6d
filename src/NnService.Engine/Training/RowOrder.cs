using System.Runtime.CompilerServices;
using NnService.Engine.Random;

namespace NnService.Engine.Training;

/// <summary>The order in which an epoch visits the rows: a pure function of the epoch, so that a resumed run needs no memory of it.</summary>
public abstract class RowOrder
{
    /// <summary>Row visits in an epoch, repeats counted.</summary>
    public abstract int VisitsPerEpoch { get; }

    /// <summary>Writes the row numbers of an epoch, counted from 0.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="visits">[VisitsPerEpoch], overwritten.</param>
    public abstract void Fill(int epoch, Span<int> visits);

    /// <summary>Every row once, as they stand.</summary>
    public static RowOrder Sequential(int rows) => new InSequence(rows);

    /// <summary>Every row once, shuffled anew each epoch.</summary>
    public static RowOrder Shuffled(int rows, ulong seed) => new InShuffle(rows, seed);

    /// <summary>Rows drawn at random, each draw from all of them.</summary>
    public static RowOrder WithReplacement(int rows, int visitsPerEpoch, ulong seed) => new Drawn(rows, visitsPerEpoch, seed);

    private sealed class InSequence(int rows) : RowOrder
    {
        public override int VisitsPerEpoch => rows;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Fill(int epoch, Span<int> visits)
        {
            for (var i = 0; i < visits.Length; i++)
                visits[i] = i;
        }
    }

    private sealed class InShuffle(int rows, ulong seed) : RowOrder
    {
        public override int VisitsPerEpoch => rows;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Fill(int epoch, Span<int> visits)
        {
            for (var i = 0; i < visits.Length; i++)
                visits[i] = i;
            new RandomStream(seed, RandomPurpose.Shuffle, (uint)epoch).Shuffle(visits);
        }
    }

    private sealed class Drawn(int rows, int visitsPerEpoch, ulong seed) : RowOrder
    {
        public override int VisitsPerEpoch => visitsPerEpoch;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Fill(int epoch, Span<int> visits)
        {
            var random = new RandomStream(seed, RandomPurpose.Sampling, (uint)epoch);
            for (var i = 0; i < visits.Length; i++)
                visits[i] = random.Below((ulong)i, rows);
        }
    }
}
