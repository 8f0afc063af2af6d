using System.Numerics;
using NnService.Engine.Activations;
using NnService.Engine.Layers;
using NnService.Engine.Layers.Embeddings;
using NnService.Engine.Losses;

namespace NnService.Engine.Export;

/// <summary>One step of a network in inference, with its numbers in the model's precision, held in float64.</summary>
/// <param name="Width">Numbers a row leaves it with.</param>
internal abstract record ExportStep(int Width)
{
    /// <summary>
    /// The steps of a model of one network from the encoded row to the answer before it is decoded; what does nothing in inference is left out.
    /// </summary>
    public static IReadOnlyList<ExportStep> Of(TrainedModel model)
    {
        var description = model.Description;
        var members = description.Network.MemberCount;
        var numbers = model.ReadNumbers();
        var arrays = model.Slices.ToDictionary(slice => slice.Name, slice => numbers[slice.Offset..(slice.Offset + slice.Count)]);
        var steps = new List<ExportStep>();
        var width = description.Features.Width;
        var shape = NetworkShape.Of(description.Network, description.Features.InputLayout(), model.Outputs);
        for (var i = 0; i < description.Network.Layers.Count; i++)
        {
            var layer = description.Network.Layers[i];
            double[] Array(string name) => arrays[$"layers[{i}].{name}"];
            if (layer is DenseSpec dense)
            {
                if (members > 1 && i == description.Network.FirstDenseLayer)
                    steps.Add(new ScaleStep(width, members, Array("memberScales")));
                var weights = Array("weights");
                var own = i == description.Network.LastDenseLayer ? members : 1;
                var units = weights.Length / width / own;
                steps.Add(new DenseStep(width, units, weights, dense.UseBias ? Array("bias") : null) { Own = own });
                width = units;
                var isLinked = description.Link != OutputLink.Identity && ReferenceEquals(layer, description.Network.OutputLayer);
                if (!isLinked && dense.Activation is not LinearSpec)
                    steps.Add(new ActivationStep(width, dense.Activation));
            }
            else if (layer is BatchNormalizationSpec batch)
            {
                var inverse = System.Array.ConvertAll(Array("runningVariance"), variance => InverseDeviation(variance, batch.Epsilon, description.Precision));
                steps.Add(new ColumnNormalizationStep(width, Array("runningMean"), inverse, Array("scale"), Array("shift")));
            }
            else if (layer is LayerNormalizationSpec normalization)
            {
                steps.Add(new RowNormalizationStep(width, normalization.Epsilon, Array("scale"), Array("shift")));
            }
            else if (layer is EmbeddingSpec)
            {
                steps.Add(new EmbeddingStep(width = shape.Layers[i].Outputs!.Value, EmbeddingPart.Of((EmbeddingSpec)shape.Spec(i), Array)));
            }
            else if (layer is not DropoutSpec)
            {
                throw new ExportException($"Layer {i} is of type {layer.Type}, which this format has no word for.");
            }
        }

        if (description.Link != OutputLink.Identity)
            steps.Add(new ActivationStep(width, description.Link.ToActivation()));
        if (members > 1)
            steps.Add(new MeanStep(width, members));
        return steps;
    }

    // As the layer computes it, in the model's precision.
    private static double InverseDeviation(double variance, double epsilon, Precision precision) =>
        precision == Precision.Float32 ? InverseDeviation((float)variance, (float)epsilon) : InverseDeviation<double>(variance, epsilon);

    private static double InverseDeviation<T>(T variance, T epsilon)
        where T : IBinaryFloatingPointIeee754<T> => double.CreateChecked(T.One / T.Sqrt(variance + epsilon));
}

/// <summary>y = x·W + b.</summary>
/// <param name="Inputs">Numbers a row brings in.</param>
/// <param name="Width">Units.</param>
/// <param name="Weights">[Inputs, Width], or [Own, Inputs, Width]</param>
/// <param name="Bias">[Width], or [Own, Width]; null: none.</param>
internal sealed record DenseStep(int Inputs, int Width, double[] Weights, double[]? Bias) : ExportStep(Width)
{
    /// <summary>Members of an ensemble that have weights and biases of their own; 1: one for all.</summary>
    public int Own { get; init; } = 1;
}

/// <summary>x ⊙ rᵢ: from here on every member i of an ensemble goes by itself.</summary>
/// <param name="Width">Numbers of a row.</param>
/// <param name="Members">Members of the ensemble.</param>
/// <param name="Scales">r, [Members, Width]</param>
internal sealed record ScaleStep(int Width, int Members, double[] Scales) : ExportStep(Width);

/// <summary>(y₁ + y₂ + …) / Members: the one answer of all members.</summary>
internal sealed record MeanStep(int Width, int Members) : ExportStep(Width);

/// <summary>Inputs embedded part by part.</summary>
internal sealed record EmbeddingStep(int Width, IReadOnlyList<EmbeddingPart> Parts) : ExportStep(Width);

/// <summary>y = f(x).</summary>
internal sealed record ActivationStep(int Width, ActivationSpec Activation) : ExportStep(Width);

/// <summary>y = (x − mean) · inverse · scale + shift, each [Width].</summary>
internal sealed record ColumnNormalizationStep(int Width, double[] Mean, double[] Inverse, double[] Scale, double[] Shift) : ExportStep(Width);

/// <summary>y = (x − μ) / √(σ² + ε) · scale + shift with mean and variance of the row.</summary>
internal sealed record RowNormalizationStep(int Width, double Epsilon, double[] Scale, double[] Shift) : ExportStep(Width);
