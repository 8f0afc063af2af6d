using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;
using NnService.Engine.Random;

namespace NnService.Engine.Layers.Embeddings;

/// <summary>A periodic embedding of numbers, as asked for.</summary>
[Description("Embeds every number by sines and cosines of learnt frequencies, a dense layer of its own behind them and relu; passes other inputs on. "
    + "At the start of a network only.")]
public sealed record PeriodicSpec : EmbeddingSpec
{
    /// <inheritdoc />
    public override string Type => "periodic";

    /// <summary>Frequencies of a number.</summary>
    [Description("Frequencies of each number.")]
    [Range(1, 1024)]
    public int Frequencies { get; init; } = 48;

    /// <summary>σ</summary>
    [Description("Standard deviation of the frequencies at the start; what suits a table lies between 0.01 and 1.")]
    [Range(0.0, 1000.0, MinimumIsExclusive = true)]
    public double Scale { get; init; } = 0.01;

    /// <summary>Width of a number's embedding.</summary>
    [Description("Numbers that each number becomes.")]
    [Range(1, 1024)]
    public int Units { get; init; } = 24;

    internal override InputKind Embeds => InputKind.Number;

    /// <inheritdoc />
    public override long CountParameters(long inputs, long outputs) => checked((long)Columns.Count * (Frequencies + (((2L * Frequencies) + 1) * Units)));

    /// <inheritdoc />
    public override long CountMultiplyAdds(long inputs, long outputs) => 2L * Columns.Count * Frequencies * (Units + MultiplyAddsPerWave);

    /// <inheritdoc />
    public override long CountCache(long inputs, long outputs) => 4L * Columns.Count * Frequencies;

    /// <inheritdoc />
    public override Layer<T> Build<T>(int inputs, int outputs) => new Periodic<T>(this, inputs, outputs);

    internal const int MultiplyAddsPerWave = 16;

    internal override int WidthOf(InputGroup group) => Units;
}

/// <summary>
/// y = relu(v·W + b) for each number x, with v = [sin 2πfx, cos 2πfx] for its frequencies f, which start as σ · N(0, 1) within three deviations.
/// Backwards, with dz = dy where y &gt; 0:  dW = vᵀ·dz,  db = Σ dz,  dv = dz·Wᵀ,  du = 2π (d sin · cos − d cos · sin),  df = Σ x du,  dx = Σ f du.
/// Source: Gorishniy, Rubachev, Babenko 2022, section 3.3.
/// </summary>
// f [columns, frequencies]   W [columns · 2 frequencies, units]   b [columns, units]
internal sealed class Periodic<T>(PeriodicSpec spec, int inputs, int outputs) : Embedding<T>(spec, inputs, outputs)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _frequencies = spec.Frequencies;
    private readonly int _units = spec.Units;

    public override IReadOnlyList<ParameterSlice> Parameters { get; } =
    [
        new("frequencies", 0, spec.Columns.Count, spec.Frequencies) { IsMatrix = true },
        new("weights", spec.Columns.Count * spec.Frequencies, spec.Columns.Count * 2 * spec.Frequencies, spec.Units) { IsMatrix = true },
        new("bias", spec.Columns.Count * spec.Frequencies * (1 + (2 * spec.Units)), spec.Columns.Count, spec.Units) { IsMatrix = true },
    ];

    public override int CachePerRow => 2 * WavesPerRow; // v, and in the backward pass its gradient

    private int WavesPerRow => Columns.Length * 2 * _frequencies;

    private int WeightsAt => Columns.Length * _frequencies;

    private int BiasAt => WeightsAt * (1 + (2 * _units));

    public override void Initialize(RandomStream random, Span<T> parameters, Span<T> state)
    {
        DrawTruncatedNormal(random, spec.Scale, parameters[..WeightsAt]);
        DrawUniform(random, WeightsAt, 1 / Math.Sqrt(2 * _frequencies), parameters[WeightsAt..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Embed(in LayerPass<T> pass, ReadOnlySpan<T> input, Span<T> output)
    {
        for (var c = 0; c < Columns.Length; c++)
        {
            var column = Columns[c];
            var frequencies = pass.Parameters.Slice(c * _frequencies, _frequencies);
            for (var row = 0; row < pass.Rows; row++)
            {
                var x = input[(row * Inputs) + column.Input];
                var waves = Waves(pass.Cache, row, c);
                Elementwise.Map(frequencies, waves[.._frequencies], new Sine(x));
                Elementwise.Map(frequencies, waves[_frequencies..], new Cosine(x));
            }

            MatrixProduct.Multiply(
                new ReadOnlyView<T>(pass.Cache[(c * 2 * _frequencies)..], pass.Rows, 2 * _frequencies, WavesPerRow),
                new ReadOnlyView<T>(WeightsOf(pass.Parameters, c), 2 * _frequencies, _units),
                new View<T>(output[column.Output..], pass.Rows, _units, Outputs),
                team: pass.Team);
            var bias = pass.Parameters.Slice(BiasAt + (c * _units), _units);
            for (var row = 0; row < pass.Rows; row++)
            {
                var y = output.Slice((row * Outputs) + column.Output, _units);
                Elementwise.Map<T, Rectified>(y, bias, y);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void EmbedBackward(
        in LayerPass<T> pass,
        ReadOnlySpan<T> input,
        ReadOnlySpan<T> output,
        Span<T> outputGradient,
        Span<T> parameterGradient,
        Span<T> inputGradient)
    {
        var waveGradient = pass.Cache[(pass.Rows * WavesPerRow)..];
        for (var c = 0; c < Columns.Length; c++)
        {
            var column = Columns[c];
            var bias = parameterGradient.Slice(BiasAt + (c * _units), _units);
            for (var row = 0; row < pass.Rows; row++)
            {
                var y = output.Slice((row * Outputs) + column.Output, _units);
                var dz = outputGradient.Slice((row * Outputs) + column.Output, _units);
                Elementwise.Map<T, WherePositive>(y, dz, dz);
                Add(dz, bias);
            }

            var sums = new ReadOnlyView<T>(outputGradient[column.Output..], pass.Rows, _units, Outputs);
            MatrixProduct.Multiply(
                new ReadOnlyView<T>(pass.Cache[(c * 2 * _frequencies)..], pass.Rows, 2 * _frequencies, WavesPerRow).Transposed,
                sums,
                new View<T>(parameterGradient.Slice(WeightsAt + (c * 2 * _frequencies * _units), 2 * _frequencies * _units), 2 * _frequencies, _units),
                team: pass.Team);
            MatrixProduct.Multiply(
                sums,
                new ReadOnlyView<T>(WeightsOf(pass.Parameters, c), 2 * _frequencies, _units).Transposed,
                new View<T>(waveGradient[(c * 2 * _frequencies)..], pass.Rows, 2 * _frequencies, WavesPerRow),
                team: pass.Team);
            var frequencies = pass.Parameters.Slice(c * _frequencies, _frequencies);
            for (var row = 0; row < pass.Rows; row++)
            {
                var waves = Waves(pass.Cache, row, c);
                var gradient = Waves(waveGradient, row, c);
                var ofSine = gradient[.._frequencies];
                var ofCosine = gradient[_frequencies..];
                Elementwise.Map<T, Product>(ofSine, waves[_frequencies..], ofSine);
                Elementwise.Map<T, PhaseGradient>(ofCosine, waves[.._frequencies], ofSine, ofSine);
                AddScaled(ofSine, input[(row * Inputs) + column.Input], parameterGradient.Slice(c * _frequencies, _frequencies));
                if (!inputGradient.IsEmpty)
                    inputGradient[(row * Inputs) + column.Input] = T.CreateTruncating(Reductions.Dot<T>(ofSine, frequencies));
            }
        }
    }

    private Span<T> Waves(Span<T> all, int row, int c) => all.Slice((row * WavesPerRow) + (c * 2 * _frequencies), 2 * _frequencies);

    private ReadOnlySpan<T> WeightsOf(ReadOnlySpan<T> parameters, int c) =>
        parameters.Slice(WeightsAt + (c * 2 * _frequencies * _units), 2 * _frequencies * _units);

    private readonly struct Sine(T x) : IParametricUnaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> frequency)
        {
            var turns = frequency * Vector512.Create(x);
            return Transcendentals.SinPi(turns + turns);
        }
    }

    private readonly struct Cosine(T x) : IParametricUnaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> frequency)
        {
            var turns = frequency * Vector512.Create(x);
            return Transcendentals.CosPi(turns + turns);
        }
    }

    private readonly struct Rectified : IBinaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Apply(Vector512<T> product, Vector512<T> bias)
        {
            var z = product + bias;
            return Vector512.ConditionalSelect(Vector512.LessThanOrEqual(z, Vector512<T>.Zero), Vector512<T>.Zero, z); // NaN passes
        }
    }

    private readonly struct WherePositive : IBinaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Apply(Vector512<T> y, Vector512<T> dy) =>
            Vector512.ConditionalSelect(Vector512.GreaterThan(y, Vector512<T>.Zero), dy, Vector512<T>.Zero);
    }

    private readonly struct Product : IBinaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Apply(Vector512<T> x, Vector512<T> y) => x * y;
    }

    private readonly struct PhaseGradient : ITernaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Apply(Vector512<T> ofCosine, Vector512<T> sine, Vector512<T> ofSineTimesCosine) =>
            (ofSineTimesCosine - (ofCosine * sine)) * Vector512.Create(T.Tau);
    }
}
