using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;
using NnService.Engine.Random;

namespace NnService.Engine.Layers.Embeddings;

/// <summary>What all embeddings do: columns one by one, the other inputs copied.</summary>
// Sums over the rows are one chain per number, in the order of the rows: neither threads nor vectors change a bit.
internal abstract class Embedding<T>(EmbeddingSpec spec, int inputs, int outputs) : Layer<T>(inputs, outputs)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const double MostDeviations = 3; // as PyTorch's trunc_normal_ is called for frequencies in rtdl_num_embeddings

    private const int NarrowGap = 64; // of inputs that nobody wants: two products take longer than one that is so much wider

    private readonly PassedInputs[] _passed = [.. spec.Passed];

    protected EmbeddedColumn[] Columns { get; } = [.. spec.Columns];

    public override IReadOnlyList<int> FeatureWidths { get; } =
        [.. spec.OutputLayout!.Groups.SelectMany(group => Enumerable.Repeat(group.FeatureWidth, group.Width / group.FeatureWidth))];

    /// <summary>The outputs whose gradient it needs where nobody asks for that of its inputs: the embeddings, and not what is passed on.</summary>
    public InputRange[] Embedded()
    {
        var ranges = new List<InputRange>();
        var at = 0;
        foreach (var (from, to) in _passed.OrderBy(run => run.To).Select(run => (run.To, run.To + run.Count)).Append((Outputs, Outputs)))
        {
            if (from > at && ranges is [.., var last] && at - (last.First + last.Count) < NarrowGap)
                ranges[^1] = last with { Count = from - last.First };
            else if (from > at)
                ranges.Add(new InputRange(at, from - at));
            at = to;
        }

        return [.. ranges];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Forward(in LayerPass<T> pass, ReadOnlySpan<T> input, Span<T> output)
    {
        for (var row = 0; row < pass.Rows; row++)
            foreach (var run in _passed)
                input.Slice((row * Inputs) + run.From, run.Count).CopyTo(output[((row * Outputs) + run.To)..]);
        Embed(pass, input, output);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Backward(
        in LayerPass<T> pass,
        ReadOnlySpan<T> input,
        ReadOnlySpan<T> output,
        Span<T> outputGradient,
        Span<T> parameterGradient,
        Span<T> inputGradient)
    {
        parameterGradient.Clear();
        if (!inputGradient.IsEmpty)
            for (var row = 0; row < pass.Rows; row++)
                foreach (var run in _passed)
                    outputGradient.Slice((row * Outputs) + run.To, run.Count).CopyTo(inputGradient[((row * Inputs) + run.From)..]);
        EmbedBackward(pass, input, output, outputGradient, parameterGradient, inputGradient);
    }

    /// <summary>Writes the embeddings.</summary>
    protected abstract void Embed(in LayerPass<T> pass, ReadOnlySpan<T> input, Span<T> output);

    /// <summary>Adds to the parameters' gradient, which is 0, and writes the embedded inputs' gradient where that is asked for.</summary>
    protected abstract void EmbedBackward(
        in LayerPass<T> pass,
        ReadOnlySpan<T> input,
        ReadOnlySpan<T> output,
        Span<T> outputGradient,
        Span<T> parameterGradient,
        Span<T> inputGradient);

    /// <summary>Draws evenly from ±bound; the numbers of a layer have the indices of their places in its parameters.</summary>
    protected static void DrawUniform(RandomStream random, int first, double bound, Span<T> parameters)
    {
        for (var i = 0; i < parameters.Length; i++)
            parameters[i] = T.CreateChecked(bound * ((2 * random.Uniform((ulong)(first + i))) - 1));
    }

    /// <summary>Draws from a normal distribution, again where a number lies beyond three deviations.</summary>
    protected static void DrawTruncatedNormal(RandomStream random, double deviation, Span<T> parameters)
    {
        for (var i = 0; i < parameters.Length; i++)
        {
            var draw = random.Normal((ulong)i);
            for (var attempt = 1UL; Math.Abs(draw) > MostDeviations; attempt++)
                draw = random.Normal((attempt << 40) + (ulong)i);
            parameters[i] = T.CreateChecked(deviation * draw);
        }
    }

    /// <summary>sums += factor · x, each rounded once.</summary>
    protected static void AddScaled(ReadOnlySpan<T> x, T factor, Span<T> sums) => Elementwise.Map(x, sums, sums, new ScaledSum(factor));

    /// <summary>sums += x</summary>
    protected static void Add(ReadOnlySpan<T> x, Span<T> sums) => Elementwise.Map<T, Sum>(x, sums, sums);

    private readonly struct ScaledSum(T factor) : IParametricBinaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> x, Vector512<T> sum) => Transcendentals.MulAdd(Vector512.Create(factor), x, sum);
    }

    private readonly struct Sum : IBinaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Apply(Vector512<T> x, Vector512<T> sum) => sum + x;
    }
}
