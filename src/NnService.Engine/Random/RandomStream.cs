using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Random;

/// <summary>
/// Random numbers as pure functions of (seed, purpose, epoch, index): nothing is stored, so a run resumes anywhere and threads need no order.
/// </summary>
/// <remarks>
/// Philox key = seed; counter = (index low, index high, epoch, purpose | kind &lt;&lt; 8). The kind keeps what is drawn for one index apart:
/// 0 for <see cref="Bits"/> and what is made of them, 1, 2, … for the attempts of <see cref="Normal"/>, the highest for <see cref="Fill"/>.
/// </remarks>
#pragma warning disable CA1711 // a stream in the sense of random numbers, not of bytes
public readonly struct RandomStream(ulong seed, RandomPurpose purpose, uint epoch)
#pragma warning restore CA1711
{
    internal const uint AttemptStep = 1u << 8;

    private const int ShuffledAtOnce = 64;
    private const uint WordKind = 0xffffff00; // no normal number is rejected 16 million times

    /// <summary>64 random bits.</summary>
    public ulong Bits(ulong index) => Block(index, 0).Low;

    /// <summary>Uniform in [0, 1), a multiple of 2⁻⁵³.</summary>
    public double Uniform(ulong index) => (Bits(index) >> 11) * (1.0 / (1UL << 53));

    /// <summary>Standard normal: Marsaglia's polar method (SIAM Review 6, 1964), the second number of a pair unused so that an index stands alone.</summary>
    public double Normal(ulong index)
    {
        for (var attempt = AttemptStep; ; attempt += AttemptStep)
        {
            var block = Block(index, attempt);
            var u = SymmetricUniform(block.Low);
            var v = SymmetricUniform(block.High);
            var s = (u * u) + (v * v);
            if (s is > 0 and < 1)
                return u * Math.Sqrt(-2 * Transcendentals.Log(s) / s);
        }
    }

    /// <summary>A whole number in [0, n), n &gt; 0: the high half of bits · n (Lemire 2019 without its rejection; the bias is below n / 2⁶⁴).</summary>
    public int Below(ulong index, int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        return (int)Math.BigMul(Bits(index), (ulong)n, out _);
    }

    /// <summary>
    /// words[i] = 32 random bits of index <paramref name="firstIndex"/> + i, four from one block: for masks, where 64 bits an element are too many.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(ulong firstIndex, Span<uint> words)
    {
        var i = 0;
        ref var to = ref Unsafe.As<uint, ulong>(ref MemoryMarshal.GetReference(words));
        for (; (firstIndex & 3) == 0 && i <= words.Length - (2 * Vector512<uint>.Count); i += 2 * Vector512<uint>.Count)
        {
            var (low, high) = Philox.Eight((firstIndex + (uint)i) >> 2, epoch, (uint)purpose | WordKind, (uint)seed, (uint)(seed >> 32));
            Alternate(low, high, Vector512.Create(0UL, 0, 1, 1, 2, 2, 3, 3)).StoreUnsafe(ref to, (nuint)(i >> 1));
            Alternate(low, high, Vector512.Create(4UL, 4, 5, 5, 6, 6, 7, 7)).StoreUnsafe(ref to, (nuint)(i >> 1) + 8);
        }

        while (i < words.Length)
        {
            var index = firstIndex + (ulong)i;
            var block = Block(index >> 2, WordKind);
            var lane = (int)(index & 3);
            if (lane == 0 && words.Length - i >= 4)
            {
                (words[i], words[i + 1], words[i + 2], words[i + 3]) = (block.W0, block.W1, block.W2, block.W3);
                i += 4;
            }
            else
            {
                words[i++] = lane switch { 0 => block.W0, 1 => block.W1, 2 => block.W2, _ => block.W3 };
            }
        }
    }

    /// <summary>words[2i] and words[2i + 1] = the lower and the upper half of <see cref="Bits"/> of index <paramref name="firstIndex"/> + i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void FillHalves(ulong firstIndex, Span<uint> words)
    {
        ref var to = ref Unsafe.As<uint, ulong>(ref MemoryMarshal.GetReference(words));
        var i = 0;
        for (; i <= words.Length - Vector512<uint>.Count; i += Vector512<uint>.Count)
            Philox.LowOfEight(firstIndex + (uint)(i >> 1), epoch, (uint)purpose, (uint)seed, (uint)(seed >> 32)).StoreUnsafe(ref to, (nuint)(i >> 1));
        for (; i < words.Length; i++)
            words[i] = (uint)(Bits(firstIndex + (uint)(i >> 1)) >> ((i & 1) * 32));
    }

    /// <summary>Puts the items into a random order (Fisher and Yates, from the last item down), using the indices 1 … length − 1 of this stream.</summary>
    // The bits of some items at once: they are drawn eight at a time, and the swaps of a long list then wait for memory together.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Shuffle(Span<int> items)
    {
        Span<ulong> some = stackalloc ulong[ShuffledAtOnce];
        for (var end = items.Length; end > 1;)
        {
            var first = Math.Max(0, end - some.Length);
            var bits = some[..(end - first)];
            FillHalves((ulong)first, MemoryMarshal.Cast<ulong, uint>(bits));
            for (var last = end - 1; last >= first; last--)
            {
                var chosen = (int)Math.BigMul(bits[last - first], (ulong)last + 1, out _); // as Below
                (items[last], items[chosen]) = (items[chosen], items[last]);
            }

            end = first;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Alternate(Vector512<ulong> low, Vector512<ulong> high, Vector512<ulong> of) => Vector512.ConditionalSelect(
        Vector512.Create(ulong.MaxValue, 0, ulong.MaxValue, 0, ulong.MaxValue, 0, ulong.MaxValue, 0), Vector512.Shuffle(low, of), Vector512.Shuffle(high, of));

    private PhiloxBlock Block(ulong index, uint attempt) =>
        Philox.Block((uint)index, (uint)(index >> 32), epoch, (uint)purpose | attempt, (uint)seed, (uint)(seed >> 32));

    /// <summary>Odd multiples of 2⁻⁵³ in (−1, 1): symmetric, and never 0.</summary>
    private static double SymmetricUniform(ulong bits) => (((long)bits >> 11) + 0.5) * (1.0 / (1L << 52));
}
