using System.Numerics;
using System.Runtime.CompilerServices;
using NnService.Engine.Activations;
using NnService.Engine.Kernels;
using NnService.Engine.Random;

namespace NnService.Engine.Layers;

/// <summary>What a dense layer of an ensemble has for each member.</summary>
/// <param name="Members">Members of the ensemble.</param>
/// <param name="IsFirst">Whether it is the first dense layer: rᵢ multiplies the inputs of member i.</param>
/// <param name="IsLast">Whether it is the last one: each member has weights and biases of its own.</param>
/// <param name="FeatureWidths">How many inputs each feature has, where they are embeddings; null: each input is a feature.</param>
internal sealed record MemberRole(int Members, bool IsFirst, bool IsLast, IReadOnlyList<int>? FeatureWidths);

/// <summary>
/// The first or the last dense layer of an ensemble, or both: yᵢ = f(zᵢ), zᵢ = (rᵢ ⊙ x)·W + b in the first, zᵢ = xᵢ·Wᵢ + bᵢ in the last one, for each member i.
/// Backwards, with dzᵢ = dyᵢ ⊙ f′(zᵢ):
/// in the first  Pᵢ = xᵀ·dzᵢ,  dW = Σᵢ diag(rᵢ)·Pᵢ,  drᵢ = row sums of W ⊙ Pᵢ,  db = Σ over members and rows of dzᵢ,  dx = Σᵢ rᵢ ⊙ (dzᵢ·Wᵀ);
/// in the last   dWᵢ = xᵢᵀ·dzᵢ,  dbᵢ = Σ over rows of dzᵢ,  dxᵢ = dzᵢ·Wᵢᵀ.
/// Source: TabM-mini, Gorishniy, Kotelnikov and Babenko 2025: r starts at random signs, behind embeddings at one normal number for each feature.
/// </summary>
/// <remarks>
/// Pᵢ gives both gradients, so that no product with Wᵀ is needed where nobody asks for dx; rows one member's behind the other's make one wide product of
/// the forward pass of the first layer, and of both passes of all the layers between.
/// </remarks>
// x [rows, inputs] in the first layer, otherwise [members, rows, inputs]   r [members, inputs]   W [inputs, units] or [members, inputs, units]
// b [units] or [members, units]   →   z, y [members, rows, units]
internal sealed class MemberDense<T> : Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly DenseSpec _spec;
    private readonly MemberRole _role;
    private readonly Activation<T> _activation;
    private readonly int _own; // weights and biases that each member has for itself: all of them, or none

    public MemberDense(DenseSpec spec, int inputs, int outputs, MemberRole role)
        : base(inputs, outputs)
    {
        (_spec, _role, _activation) = (spec, role, spec.Activation.Build<T>());
        _own = role.IsLast ? role.Members : 1;
        int? members = role.IsLast ? role.Members : null;
        var slices = new List<ParameterSlice> { new("weights", 0, inputs, outputs) { IsMatrix = true, Members = members } };
        if (spec.UseBias)
            slices.Add(new ParameterSlice("bias", BiasOffset, 1, outputs) { Members = members });
        if (role.IsFirst)
            slices.Add(new ParameterSlice("memberScales", ScaleOffset, 1, inputs) { Members = role.Members });
        Parameters = slices;
    }

    public override IReadOnlyList<ParameterSlice> Parameters { get; }

    // The weighted sums where the derivative needs them, and the scaled inputs.
    public override int CachePerRow => SumsPerRow + (_role.IsFirst ? Inputs : 0);

    public override int BackwardScratch => _role.IsFirst ? Inputs * Outputs : 0; // Pᵢ

    private int SumsPerRow => _activation.NeedsSum ? Outputs : 0;

    private int BiasOffset => _own * Inputs * Outputs;

    private int ScaleOffset => BiasOffset + (_spec.UseBias ? _own * Outputs : 0);

    /// <summary>Where a member's weights begin in the layer's parameters, [inputs, units].</summary>
    public int WeightsOf(int member) => _role.IsLast ? member * Inputs * Outputs : 0;

    /// <summary>Where a member's biases begin, [units].</summary>
    public int BiasOf(int member) => BiasOffset + (_role.IsLast ? member * Outputs : 0);

    /// <summary>Where the numbers begin that a member's inputs are multiplied with, [inputs].</summary>
    public int ScalesOf(int member) => ScaleOffset + (member * Inputs);

    // Explicit weights are where every member starts. The first member of the last layer draws what a single network draws.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Initialize(RandomStream random, Span<T> parameters, Span<T> state)
    {
        for (var i = 0; i < BiasOffset; i++)
            parameters[i] = T.CreateChecked(
                _spec.Weights is { } weights ? weights[i / Outputs % Inputs][i % Outputs] : _spec.Initializer.Draw(random, (ulong)i, Inputs, Outputs));
        for (var i = BiasOffset; i < ScaleOffset; i++)
            parameters[i] = T.CreateChecked(
                _spec.Bias is { } bias ? bias[(i - BiasOffset) % Outputs] : _spec.BiasInitializer.Draw(random, (ulong)i, Inputs, Outputs));
        if (!_role.IsFirst)
            return;
        for (var member = 0; member < _role.Members; member++)
            DrawScales(random, ScalesOf(member), parameters.Slice(ScalesOf(member), Inputs));
    }

    public override void Forward(in LayerPass<T> pass, ReadOnlySpan<T> input, Span<T> output)
    {
        var rows = RowsOf(pass);
        var x = _role.IsFirst ? Scaled(pass) : input;
        for (var i = 0; i < pass.Members.Count && _role.IsFirst; i++)
            Elementwise.MultiplyRow(
                input, pass.Parameters.Slice(ScalesOf(pass.Members.First + i), Inputs), Scaled(pass).Slice(i * rows * Inputs, rows * Inputs));

        // Shared weights are one wide product.
        var sum = _activation.NeedsSum ? Sums(pass) : output;
        var (parts, partRows) = _role.IsLast ? (pass.Members.Count, rows) : (1, pass.Rows);
        for (var i = 0; i < parts; i++)
        {
            var part = sum.Slice(i * partRows * Outputs, partRows * Outputs);
            var weights = pass.Parameters.Slice(WeightsOf(pass.Members.First + i), Inputs * Outputs);
            LayerProduct.Forward(x.Slice(i * partRows * Inputs, partRows * Inputs), weights, part, Inputs, pass.Team);
            if (_spec.UseBias)
                Elementwise.AddRow(pass.Parameters.Slice(BiasOf(pass.Members.First + i), Outputs), part);
        }

        _activation.Forward(sum, Outputs, output);
    }

    public override void Backward(
        in LayerPass<T> pass,
        ReadOnlySpan<T> input,
        ReadOnlySpan<T> output,
        Span<T> outputGradient,
        Span<T> parameterGradient,
        Span<T> inputGradient)
    {
        var sumGradient = outputGradient;
        _activation.Backward(Sums(pass), output, outputGradient, Outputs, sumGradient);
        if (_spec.UseBias && !_role.IsLast)
            Reductions.ColumnSums<T>(sumGradient, parameterGradient.Slice(BiasOffset, Outputs), pass.Accumulates);
        var rows = RowsOf(pass);
        for (var i = 0; i < pass.Members.Count; i++)
        {
            var member = pass.Members.First + i;
            var dz = sumGradient.Slice(i * rows * Outputs, rows * Outputs);
            var weightGradient = parameterGradient.Slice(WeightsOf(member), Inputs * Outputs);
            var product = _role.IsFirst ? Scratch(pass) : weightGradient;
            LayerProduct.WeightGradient(
                _role.IsFirst ? input : input.Slice(i * rows * Inputs, rows * Inputs), dz, product, Inputs, accumulate: false, pass.Team);
            var isSum = !_role.IsLast && (pass.Accumulates || i > 0);
            if (_role.IsFirst)
                Unscale(pass, member, product, weightGradient, parameterGradient.Slice(ScalesOf(member), Inputs), isSum);
            if (_spec.UseBias && _role.IsLast)
                Reductions.ColumnSums<T>(dz, parameterGradient.Slice(BiasOf(member), Outputs));
        }

        if (!inputGradient.IsEmpty)
            InputGradient(pass, rows, sumGradient, inputGradient);
    }

    // One draw for all inputs of a feature; where they are no embeddings, a sign for each input.
    private void DrawScales(RandomStream random, int start, Span<T> scales)
    {
        if (_role.FeatureWidths is not { } widths)
        {
            for (var i = 0; i < scales.Length; i++)
                scales[i] = (random.Bits((ulong)(start + i)) & 1) == 0 ? T.One : -T.One;
            return;
        }

        var at = 0;
        foreach (var width in widths)
        {
            scales.Slice(at, width).Fill(T.CreateChecked(random.Normal((ulong)(start + at))));
            at += width;
        }
    }

    // dW (+)= diag(r)·P, dr = row sums of W ⊙ P
    private void Unscale(in LayerPass<T> pass, int member, ReadOnlySpan<T> product, Span<T> weightGradient, Span<T> scaleGradient, bool isSum)
    {
        var scales = pass.Parameters.Slice(ScalesOf(member), Inputs);
        if (isSum)
            Elementwise.AddScaledRows(product, scales, weightGradient);
        else
            Elementwise.ScaleRows(product, scales, weightGradient);
        Reductions.RowDots(pass.Parameters.Slice(WeightsOf(member), Inputs * Outputs), product, Outputs, scaleGradient);
    }

    private void InputGradient(in LayerPass<T> pass, int rows, ReadOnlySpan<T> sumGradient, Span<T> inputGradient)
    {
        var all = _role.IsFirst ? Scaled(pass) : inputGradient;
        var (parts, partRows) = _role.IsLast ? (pass.Members.Count, rows) : (1, pass.Rows);
        for (var i = 0; i < parts; i++)
            LayerProduct.InputGradient(
                sumGradient.Slice(i * partRows * Outputs, partRows * Outputs), pass.Parameters.Slice(WeightsOf(pass.Members.First + i), Inputs * Outputs),
                all.Slice(i * partRows * Inputs, partRows * Inputs), Outputs, pass.WantedInputs, pass.Team);
        if (!_role.IsFirst)
            return;
        if (!pass.Accumulates)
            inputGradient.Clear();
        for (var i = 0; i < pass.Members.Count; i++)
            Elementwise.AddProductWithRow(
                all.Slice(i * rows * Inputs, rows * Inputs), pass.Parameters.Slice(ScalesOf(pass.Members.First + i), Inputs), inputGradient);
    }

    private static int RowsOf(in LayerPass<T> pass) => pass.Rows / pass.Members.Count;

    // The cache: sums, scaled inputs, scratch.
    private Span<T> Sums(in LayerPass<T> pass) => pass.Cache[..(pass.Rows * SumsPerRow)];

    private Span<T> Scaled(in LayerPass<T> pass) => pass.Cache.Slice(pass.Rows * SumsPerRow, pass.Rows * Inputs);

    private Span<T> Scratch(in LayerPass<T> pass) => pass.Cache.Slice(pass.Rows * CachePerRow, BackwardScratch);
}
