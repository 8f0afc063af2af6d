using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;
using NnService.Engine.Random;

namespace NnService.Engine.Layers;

/// <summary>Dropout, as asked for.</summary>
[Description("Sets each number to 0 with probability rate while training, and scales the others up so that the mean stays.")]
public sealed record DropoutSpec : LayerSpec
{
    /// <inheritdoc />
    public override string Type => "dropout";

    /// <summary>Probability of being dropped.</summary>
    [Description("Probability of being dropped.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Rate { get; init; } = 0.5;

    /// <inheritdoc />
    public override long CountParameters(long inputs, long outputs) => 0;

    /// <inheritdoc />
    public override Layer<T> Build<T>(int inputs, int outputs) => new Dropout<T>(Rate, inputs);
}

/// <summary>
/// y = x ⊙ m with m = 0 with probability r, else 1 / (1 − r); backwards dx = dy ⊙ m. In inference y = x. Source: Srivastava et al. 2014, in the inverted
/// form, which leaves inference alone.
/// </summary>
/// <remarks>The mask is a pure function of seed, layer, step and element: a resumed run and any number of threads drop the same numbers.</remarks>
// x, m, y [rows, width]
internal sealed class Dropout<T>(double rate, int width) : Layer<T>(width, width)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int WordsAtOnce = 256;

    // Two elements share the 64 bits of one index.
    private readonly uint _threshold = (uint)(rate * (1UL << 32));
    private readonly T _kept = T.CreateChecked(1 / (1 - rate));

    public override IReadOnlyList<ParameterSlice> Parameters => [];

    public override int CachePerRow => Outputs;

    public override void Initialize(RandomStream random, Span<T> parameters, Span<T> state)
    {
    }

    public override void Forward(in LayerPass<T> pass, ReadOnlySpan<T> input, Span<T> output)
    {
        if (!pass.Training)
        {
            input.CopyTo(output);
            return;
        }

        // The mask of a member of an ensemble follows that of the one before, whichever of them are in this pass.
        var (members, length) = (pass.Members, pass.Cache.Length / pass.Members.Count);
        for (var i = 0; i < members.Count; i++)
        {
            var start = ((ulong)pass.Step << 32) + ((ulong)(members.First + i) * (uint)((length + 1) / 2));
            Draw(pass.Random, start, pass.Cache.Slice(i * length, length));
        }

        Elementwise.Map(input, pass.Cache, output, default(Product));
    }

    public override void Backward(
        in LayerPass<T> pass,
        ReadOnlySpan<T> input,
        ReadOnlySpan<T> output,
        Span<T> outputGradient,
        Span<T> parameterGradient,
        Span<T> inputGradient)
    {
        if (inputGradient.IsEmpty)
            return;
        if (pass.Training)
            Elementwise.Map(outputGradient, pass.Cache, inputGradient, default(Product));
        else
            outputGradient.CopyTo(inputGradient);
    }

    private void Draw(RandomStream random, ulong start, Span<T> mask)
    {
        Span<uint> words = stackalloc uint[WordsAtOnce];
        for (var at = 0; at < mask.Length; at += WordsAtOnce)
        {
            var count = Math.Min(WordsAtOnce, mask.Length - at);
            random.FillHalves(start + (uint)(at >> 1), words[..count]);
            Select(words[..count], mask.Slice(at, count));
        }
    }

    // words [n]   →   mask [n]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Select(ReadOnlySpan<uint> words, Span<T> mask)
    {
        ref var from = ref MemoryMarshal.GetReference(words);
        ref var to = ref MemoryMarshal.GetReference(mask);
        var (threshold, kept) = (Vector512.Create(_threshold), Vector512.Create(_kept));
        var i = 0;
        for (; i <= mask.Length - Vector512<uint>.Count; i += Vector512<uint>.Count)
        {
            var stays = Vector512.GreaterThanOrEqual(Vector512.LoadUnsafe(ref from, (nuint)i), threshold);
            if (typeof(T) == typeof(float))
            {
                (kept & stays.As<uint, T>()).StoreUnsafe(ref to, (nuint)i);
            }
            else
            {
                // All bits of a lane are the same, so its sign says it all.
                var (lower, upper) = Vector512.Widen(stays.AsInt32());
                (kept & lower.As<long, T>()).StoreUnsafe(ref to, (nuint)i);
                (kept & upper.As<long, T>()).StoreUnsafe(ref to, (nuint)(i + Vector512<T>.Count));
            }
        }

        for (; i < mask.Length; i++)
            mask[i] = words[i] < _threshold ? T.Zero : _kept;
    }

    private readonly struct Product : IParametricBinaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> x, Vector512<T> y) => x * y;
    }
}
